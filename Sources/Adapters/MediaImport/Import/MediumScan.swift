import Media
import MusterBase
import OSFamilies

/// What one look over a medium finds: its names, the small files that say what it is, its lists of checksums.
struct MediumScan {
    let listing: MediumListing
    /// Lists of checksums and signatures.
    let lists: [EntryPath: [UInt8]]
    /// Of files that have several names, those behind the first, by the first.
    let furtherNames: [EntryPath: [EntryPath]]
    let files: Int
    /// Of all files together.
    let octets: Int64

    /// Octets that a list, or a signature, may have.
    private static let longestList = 64 << 20

    /// - Parameter requireSpace: called with the octets of all files so far; throws when there is no room for them.
    init(_ source: some MediumSource, limits: MediaLimits, requireSpace: (Int64) throws -> Void) throws {
        var paths: [String] = []
        var contents = ScannedContents(limit: limits.contents, source: source.name)
        // First names, by further ones.
        var firsts: [EntryPath: EntryPath] = [:]
        var wantedNames: [(path: EntryPath, octets: Int)] = []
        var furtherNames: [EntryPath: [EntryPath]] = [:]
        var (entries, files) = (0, 0)
        var total: Int64 = 0
        try source.walk { entry, content in
            entries += 1
            guard entries <= limits.entries else {
                throw MusterError(.exhausted, "\(source.name) has more than \(limits.entries) files")
            }
            if entry.kind == .directory { return }
            paths.append(entry.path)
            if case .link = entry.kind { return }
            files += 1
            let (sum, overflow) = total.addingReportingOverflow(entry.size)
            total = overflow ? .max : sum
            // What an archive unpacks to is known before it is unpacked.
            if entry.size > 1 << 20 || entries % 1024 == 0 { try requireSpace(total) }
            let path = EntryPath(entry.path)
            let wanted = Self.octetsWanted(of: entry.path)
            if case .hardLink(let named) = entry.kind {
                let first = firsts[EntryPath(named)] ?? EntryPath(named)
                firsts[path] = first
                furtherNames[first, default: []].append(path)
                if let wanted { wantedNames.append((path, wanted)) }
            } else if let wanted {
                try contents.read(path, content, wanted)
            }
        }
        try requireSpace(total)
        try Self.read(wantedNames, firsts, of: source, into: &contents)
        lists = contents.all.filter { ChecksumList.mayBeListOrSignature($0.key.text) }
        listing = MediumListing(
            sourceName: source.name, volumeLabel: source.volumeLabel, paths: paths,
            contents: Dictionary(
                contents.all.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
                    .filter { MediumListing.octetsWanted(of: $0.0) != nil }, uniquingKeysWith: { first, _ in first }))
        self.furtherNames = furtherNames
        self.files = files
        octets = total
    }

    private static func octetsWanted(of path: String) -> Int? {
        ChecksumList.mayBeListOrSignature(path) ? longestList : MediumListing.octetsWanted(of: path)
    }

    /// An ISO image gives a content under the first of its names, whichever that is.
    private static func read(
        _ names: [(path: EntryPath, octets: Int)], _ firsts: [EntryPath: EntryPath], of source: some MediumSource,
        into contents: inout ScannedContents
    ) throws {
        // How much of those of which less was wanted for their own names.
        var unread: [EntryPath: Int] = [:]
        for (path, octets) in names {
            guard let first = firsts[path], (octetsWanted(of: first.text) ?? 0) < octets else { continue }
            unread[first] = max(unread[first] ?? 0, octets)
        }
        var others = contents.emptied
        if !unread.isEmpty {
            try source.walk { entry, content in
                guard entry.kind == .file, let octets = unread[EntryPath(entry.path)] else { return }
                try others.read(EntryPath(entry.path), content, octets)
            }
            contents.left = others.left
        }
        for (path, octets) in names {
            guard let first = firsts[path], let content = others.all[first] ?? contents.all[first] else { continue }
            try contents.keep(Array(content.prefix(octets)), of: path)
        }
    }
}

/// Beginnings of files that are kept in memory, all together no longer than a limit.
private struct ScannedContents {
    private(set) var all: [EntryPath: [UInt8]] = [:]
    private let limit: Int
    var left: Int
    private let source: String

    init(limit: Int, source: String) {
        self.limit = limit
        left = limit
        self.source = source
    }

    /// For as much as is left.
    var emptied: ScannedContents { ScannedContents(limit: left, source: source) }

    mutating func read(_ path: EntryPath, _ content: EntryContent, _ count: Int) throws {
        try keep(Self.beginning(content, min(count, left + 1)), of: path)
    }

    mutating func keep(_ octets: [UInt8], of path: EntryPath) throws {
        guard octets.count <= left else {
            throw MusterError(
                .exhausted,
                "\(source) has more than \(limit >> 20) MiB in lists of checksums and in files that tell what it is")
        }
        left -= octets.count
        all[path] = octets
    }

    /// Ends the reading of a file of which no more is wanted.
    private struct Enough: Error {}

    private static func beginning(_ content: EntryContent, _ count: Int) throws -> [UInt8] {
        var octets: [UInt8] = []
        do {
            try content { piece in
                octets += piece.prefix(count - octets.count)
                if octets.count >= count { throw Enough() }
            }
        } catch is Enough {}
        return octets
    }
}
