import Crypto
import LinuxSystem
import Media
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One file from the network, fetched by curl into a place that depends on its address alone: an import that was interrupted
/// goes on where it stopped, as long as the server has the same file.
struct MediaDownload: Sendable {
    let address: String
    /// The last part of the address.
    let name: String
    private let place: String
    private let tools: any ToolRunner
    private let limits: MediaLimits
    private let lock: FileLock

    private var partial: String { "\(place)/content" }
    private var validatorFile: String { "\(place)/validator" }

    static let rule = "http://… or https://…, without blanks, user or password, and with a file's name at its end"

    /// - Throws: ``MusterError`` `invalidInput` for what is no address of a file, `conflict` while another process fetches
    ///   the same.
    init(_ address: String, directory: String, tools: any ToolRunner, limits: MediaLimits) throws {
        guard let name = Self.fileName(of: address) else {
            throw MusterError(
                .invalidInput,
                "\(EntryName.printed(Array(Self.shown(address).utf8))) is no address of a medium: \(Self.rule)",
                advice: "of a tree for network boot, give the archive, such as netboot.tar.gz")
        }
        self.address = address
        self.name = name
        self.tools = tools
        self.limits = limits
        place = "\(directory)/\(hexText(SHA256.hash(data: Array(address.utf8)).prefix(16)))"
        try Files.createDirectory(place, mode: 0o700)
        lock = try FileLock(in: place, doing: "fetching \(name)")
    }

    func release() { lock.release() }

    /// An address without what may let somebody in: a query, which is a signature with some mirrors, and user and password.
    static func shown(_ address: String) -> String {
        var text = String(address.prefix { $0 != "?" && $0 != "#" })
        if let scheme = text.firstRange(of: "://") {
            let authority = text[scheme.upperBound...].prefix { $0 != "/" }
            if let at = authority.lastIndex(of: "@") { text.removeSubrange(scheme.upperBound...at) }
        }
        return text
    }

    private var shown: String { Self.shown(address) }

    /// Everybody on this host sees the arguments of programs, Muster's own among them, so an address has no password.
    static func fileName(of address: String) -> String? {
        guard let scheme = ["http://", "https://"].first(where: { address.hasPrefix($0) }),
            address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), address.utf8.count <= 2000
        else { return nil }
        let rest = address.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let path = rest.dropFirst(authority.count).prefix { $0 != "?" && $0 != "#" }
        guard let slash = path.lastIndex(of: "/") else { return nil }
        let name = path[path.index(after: slash)...]
        return name.isEmpty || name == "." || name == ".." ? nil : String(name)
    }

    /// Returns the path of the whole file.
    func fetch(_ progress: @escaping MediumImporter.Progress) async throws -> String {
        let doing = "fetching \(name)"
        progress(doing, 0)
        let offer = try await head()
        if !resumes(offer) {
            try Files.remove(partial)
            try AtomicFile.write(offer.validator ?? "", to: validatorFile, mode: 0o600)
        }
        let present = Files.size(partial) ?? 0
        if let size = offer.size {
            if present == size { return partial }
            try limits.requireSpace(for: max(0, size - present), in: place)
        }
        try await transfer(offer) { done in
            progress(doing, offer.size.map { $0 > 0 ? Double(done) / Double($0) : 0 } ?? 0)
        }
        let found = Files.size(partial) ?? 0
        guard offer.size == nil || offer.size == found else {
            throw MusterError(
                .unavailable, "\(shown) ended after \(found) of \(offer.size ?? 0) octets",
                advice: "import it again: it goes on from there")
        }
        return partial
    }

    /// Takes away what was fetched.
    func remove() throws { try FileTree.remove(place) }

    // MARK: What the server has

    struct Offer: Sendable, Hashable {
        var size: Int64?
        /// What changes when the file does; nil when the server does not tell.
        var validator: String?
    }

    private func resumes(_ offer: Offer) -> Bool {
        guard let validator = offer.validator, let size = offer.size, let present = Files.size(partial) else {
            return false
        }
        return present <= size && (try? Files.readText(validatorFile, limit: 4096)) == validator
    }

    private func head() async throws -> Offer {
        let result = try await tools.run(.curl, common + ["--head"], ToolOptions(standardInput: configuration))
        // Some servers do not answer HEAD: it is fetched as a whole then.
        return result.exitCode == 0 ? Self.offer(result.text) : Offer()
    }

    /// Reads the headers of the last answer: those before it are of redirections.
    static func offer(_ headers: String) -> Offer {
        var offer = Offer()
        var fields: [String: String] = [:]
        for line in headers.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if line.hasPrefix("HTTP/") { fields = [:] }
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields[line[..<colon].lowercased()] = String(value)
        }
        offer.size = fields["content-length"].flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
        // A weak one may stay the same when the octets do not (RFC 9110, section 8.8.1).
        let tag = fields["etag"].flatMap { $0.hasPrefix("W/") ? nil : $0 }
        offer.validator = tag ?? fields["last-modified"]
        return offer
    }

    // MARK: The transfer

    /// Nothing of the user's configuration; from https never to anything else. The address is on standard input.
    private var common: [String] {
        let schemes = address.hasPrefix("https://") ? "=https" : "=http,https"
        return [
            "--disable", "--silent", "--show-error", "--fail", "--location", "--max-redirs", "10", "--proto", schemes,
            "--proto-redir", schemes, "--connect-timeout", "30", "--globoff", "--config", "-",
        ]
    }

    /// The address in the form of curl's configuration. It has neither blanks nor control characters.
    private var configuration: [UInt8] {
        let quoted = address.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return Array("url = \"\(quoted)\"\n".utf8)
    }

    private func transfer(_ offer: Offer, _ progress: @escaping @Sendable (Int64) -> Void) async throws {
        let arguments =
            common + [
                "--speed-limit", "1000", "--speed-time", "60", "--retry", "3", "--continue-at", "-", "--max-filesize",
                String(max(1, try limits.freeSpace(place) - limits.reserve)), "--output", partial,
            ]
        let options = ToolOptions(standardInput: configuration, endsWithCaller: true)
        let (partial, tools) = (partial, tools)
        let result = try await withThrowingTaskGroup(of: ToolResult?.self) { group in
            group.addTask { try await tools.run(.curl, arguments, options) }
            group.addTask {
                while !Task.isCancelled {
                    progress(Files.size(partial) ?? 0)
                    try? await Task.sleep(for: .milliseconds(500))
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw MusterError(.internalFailure, "curl ended without a result")
        }
        guard result.exitCode == 0 else { throw failure(result) }
    }

    private func failure(_ result: ToolResult) -> MusterError {
        let words = String(decoding: result.standardError, as: UTF8.self).split(whereSeparator: \.isNewline).last
        var said = words.map(String.init) ?? "status \(result.exitCode)"
        let secret = address.drop { $0 != "?" && $0 != "#" }
        if !secret.isEmpty { said = said.replacing(secret, with: "") }
        let reason = EntryName.printed(Array(said.utf8))
        switch result.exitCode {
        case 22: return MusterError(.notFound, "cannot fetch \(shown): \(reason)", advice: "is the address right?")
        case 63: return MusterError(.exhausted, "\(shown) is larger than the room that is left", advice: "make room")
        default:
            return MusterError(
                .unavailable, "cannot fetch \(shown): \(reason)", advice: "import it again: it goes on from there")
        }
    }
}
