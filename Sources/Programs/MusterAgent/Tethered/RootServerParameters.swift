import MusterBase

/// What the process that serves a root file system is told, in Muster's JSON. It gets it through a file in memory that
/// nobody else has: there is a key in it.
package struct RootServerParameters: Sendable, Codable {
    /// One chunk of the file.
    package struct Chunk: Sendable, Codable, Hashable {
        /// Octets of the file that it holds.
        package var length: Int
        /// Of the octets as members keep them: the chunk's name.
        package var digest: ContentDigest

        package init(length: Int, digest: ContentDigest) {
            self.length = length
            self.digest = digest
        }
    }

    /// In the order of the file.
    package var chunks: [Chunk]
    /// `IP:port` of the members' HTTPS.
    package var members: [String]
    /// PEM text of the site's authority.
    package var authority: String
    /// The key that the chunks are encrypted with, in hexadecimal digits; nil for such as are not.
    package var key: String?
    /// Where the file is shown as `root.squashfs`; a directory that is there.
    package var mountPoint: String
    package var settings: LazyFileSettings
    /// ``LazyFile/askedOrder`` of a former boot.
    package var recordedOrder: [Int]
    /// Where all chunks are kept in the end, a directory on tmpfs or on a disk; nil to keep only what is in use.
    package var fillDirectory: String?
    /// Where `tethered.json` tells how far it is; nil for nowhere. See ``RootServerStatus``.
    package var statusDirectory: String?
    /// True to keep all memory of the process from being given away.
    package var locksMemory: Bool

    package init(
        chunks: [Chunk], members: [String], authority: String, key: Secret<[UInt8]>?, mountPoint: String,
        settings: LazyFileSettings = LazyFileSettings(), recordedOrder: [Int] = [], fillDirectory: String? = nil,
        statusDirectory: String? = nil, locksMemory: Bool = true
    ) {
        self.chunks = chunks
        self.members = members
        self.authority = authority
        self.key = key.map { hexText($0.reveal()) }
        self.mountPoint = mountPoint
        self.settings = settings
        self.recordedOrder = recordedOrder
        self.fillDirectory = fillDirectory
        self.statusDirectory = statusDirectory
        self.locksMemory = locksMemory
    }

    /// The key's octets. Throws `malformed` for what is none.
    package func chunkKey() throws -> Secret<[UInt8]>? {
        guard let key else { return nil }
        guard let octets = hexBytes(key) else {
            throw MusterError(.malformed, "the key of the root file system is not hexadecimal")
        }
        return Secret(octets)
    }

    package func layout() throws -> ChunkLayout { try ChunkLayout(lengths: chunks.map(\.length)) }
}

/// How far a served root file system is: `tethered.json` in the status directory, written anew when it changes.
package struct RootServerStatus: Sendable, Codable, Hashable {
    /// Chunks that there are, that came from the members, and that are kept for good.
    package var chunks: Int
    package var fetched: Int
    package var kept: Int
    /// True when the members are not needed any more.
    package var isComplete: Bool
    /// The chunks in the order in which they were first asked for.
    package var askedOrder: [Int]

    package static let fileName = "tethered.json"
}
