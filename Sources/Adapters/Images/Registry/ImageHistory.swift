import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// Who packed the versions of an image, and when: what is true of one site and one day, and so has no place in manifests,
/// which are the same wherever the same inputs are packed.
///
/// Kept as `private/images/<name>.history.json`: names of people are nothing for machines to read.
public struct ImageHistory: Codable, Sendable, Hashable {
    /// How a version came to be.
    public struct Entry: Codable, Sendable, Hashable {
        public var version: Int
        public var packedAt: Timestamp
        /// Who packed it, for people.
        public var packedBy: String
        public var recipeDigest: ContentDigest
        /// What the tree was built from: lines of package repositories, or a container image.
        public var sources: [String]
        public var parent: ImageReference?
        /// Of the Muster that packed it.
        public var program: String

        public init(
            version: Int, packedAt: Timestamp, packedBy: String, recipeDigest: ContentDigest, sources: [String],
            parent: ImageReference?, program: String
        ) {
            self.version = version
            self.packedAt = packedAt
            self.packedBy = packedBy
            self.recipeDigest = recipeDigest
            self.sources = sources
            self.parent = parent
            self.program = program
        }
    }

    public private(set) var schema = 1
    /// Oldest first.
    public private(set) var entries: [Entry] = []

    public init() {}

    public func entry(_ version: Int) -> Entry? { entries.last { $0.version == version } }

    /// Takes an entry up. One that is there for the same version is of a run that died before the version was there.
    mutating func add(_ entry: Entry) {
        entries.removeAll { $0.version == entry.version }
        entries.append(entry)
    }
}

/// Where histories are kept.
public struct ImageHistories: Sendable {
    private let directory: String

    /// - Parameter privateDirectory: `private` of the state directory.
    public init(privateDirectory: String) { directory = "\(privateDirectory)/images" }

    /// The history of an image; an empty one when nothing is known.
    public func history(of name: String) throws -> ImageHistory {
        guard ImageReference.isValidName(name) else {
            throw MusterError(.invalidInput, "'\(name)' cannot name an image")
        }
        let path = path(name)
        guard Files.exists(path) else { return ImageHistory() }
        return try MusterJSON.decode(from: Files.read(path, limit: 64 << 20), of: path)
    }

    /// To be called with the image's lock.
    func add(_ entry: ImageHistory.Entry, to name: String) throws {
        var history = try history(of: name)
        history.add(entry)
        try Files.createDirectory(directory, mode: 0o700)
        try AtomicFile.write(try MusterJSON.encode(history, pretty: true), to: path(name), mode: 0o600)
    }

    private func path(_ name: String) -> String { "\(directory)/\(name).history.json" }
}
