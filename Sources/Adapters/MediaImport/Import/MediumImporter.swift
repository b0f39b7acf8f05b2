import LinuxSystem
import Media
import MusterBase
import OSFamilies

/// Brings media into a store: looks, recognises, copies, compares, and gives the whole its name at the end.
public struct MediumImporter: Sendable {
    let store: MediaStore
    let tools: any ToolRunner
    let clock: WallClock
    /// Keyrings of the site, each called as a distribution.
    let keyrings: String
    package var limits = MediaLimits()
    /// Whether gpgv is installed.
    package var checksSignatures = Tool.gpgv.installedPath != nil

    public init(store: MediaStore, tools: any ToolRunner, clock: WallClock, keyrings: String) {
        self.store = store
        self.tools = tools
        self.clock = clock
        self.keyrings = keyrings
    }

    /// What is being done, and how much of it is done, 0 to 1.
    public typealias Progress = @Sendable (String, Double) -> Void

    public struct Outcome: Sendable {
        public var record: MediumRecord
        /// False when a medium of that name and of the same content was there already.
        public var isNew: Bool
        /// Its files whose contents the store had from another import, and had damaged. They were replaced, in all media.
        public var mended: [String] = []
    }

    /// - Parameters:
    ///   - place: the path of a file or directory, or an address (`http://`, `https://`).
    ///   - name: instead of the medium's own.
    /// - Throws: ``MusterError`` `unsupported` for what is no medium, `verificationFailed` for a damaged one,
    ///   `alreadyExists` when another medium has the name; nothing of it is in sight then.
    public func run(_ place: String, name: String? = nil, progress: @escaping Progress) async throws -> Outcome {
        if let name { try Self.requireValid(name) }
        return try await withSource(place, progress) { source in
            let lock = try store.lock()
            defer { lock.release() }
            try store.removeLeftovers()
            progress("looking at \(source.name)", 0)
            let directory = store.directory
            let scan = try MediumScan(source, limits: limits) { try limits.requireSpace(for: $0, in: directory) }
            let medium = try MediumDescription.recognise(scan.listing)
            let work = MediumImport(importer: self, source: source, scan: scan, medium: medium, name: name)
            return try await work.run(progress)
        }
    }

    func signatureCheck(of medium: MediumDescription) -> SignatureCheck {
        SignatureCheck(
            tools: tools, distribution: medium.distribution, directory: keyrings, hasProgram: checksSignatures)
    }

    static func requireValid(_ name: String) throws(MusterError) {
        guard MediumName.isValid(name) else {
            throw MusterError(
                .invalidInput, "\(EntryName.printed(Array(name.utf8))) cannot name a medium",
                advice: "names have \(MediumName.rule)")
        }
    }

    /// Opens what a path or address names; a download goes when it was used, or when it is of no use.
    func withSource<Result>(
        _ place: String, _ progress: @escaping Progress, _ body: (any MediumSource) async throws -> Result
    ) async throws -> Result {
        guard place.contains("://") else {
            let path = place.count > 1 && place.hasSuffix("/") ? String(place.dropLast()) : place
            return try await body(Files.isDirectory(path) ? DirectorySource(path) : ArchiveSource(path))
        }
        let download = try MediaDownload(place, directory: store.downloads, tools: tools, limits: limits)
        defer { download.release() }
        do {
            let path = try await download.fetch(progress)
            let result = try await body(try ArchiveSource(path, name: download.name))
            try download.remove()
            return result
        } catch let error as MusterError
            where [.notFound, .unsupported, .malformed, .verificationFailed].contains(error.code)
        {
            try? download.remove()
            throw error
        }
    }
}
