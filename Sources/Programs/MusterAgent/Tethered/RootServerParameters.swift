import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterAPI
import MusterBase

/// What the process that serves a root file system is told, in Muster's JSON. It gets it through a file in memory that
/// nobody else has: there is a key in it.
package struct RootServerParameters: Sendable, Codable {
    /// In the order of the file.
    package var chunks: [ImageManifest.Chunk]
    /// `IP:port` of the members' HTTPS.
    package var members: [String]
    /// PEM text of the site's authority.
    package var authority: String
    /// The key that the chunks are encrypted with, in hexadecimal digits.
    package var key: String
    /// Where the file is shown as `root.squashfs`; a directory that is there.
    package var mountPoint: String
    package var settings: LazyFileSettings
    /// ``LazyFile/askedOrder`` of a former boot.
    package var recordedOrder: [Int]
    /// Where all chunks are kept in the end, a directory on tmpfs or on a disk; nil to keep only what is in use.
    package var fillDirectory: String?
    /// What a disk is for that is given to the process later; nil when none is. See ``RootServer/give(disk:)``.
    package var disk: DiskUse?
    /// Where `tethered.json` tells how far it is; nil for nowhere. See ``RootServerStatus``.
    package var statusDirectory: String?
    /// True to keep all memory of the process from being given away.
    package var locksMemory: Bool

    /// Which chunks are kept on a disk. In either case they come from there, once they lie there.
    package enum DiskUse: String, Sendable, Codable {
        /// All, also those that nobody reads: then no server is needed.
        case all
        /// Those that the members gave.
        case fetched
    }

    package init(
        chunks: [ImageManifest.Chunk], members: [String], authority: String, key: ChunkKey, mountPoint: String,
        settings: LazyFileSettings = LazyFileSettings(), recordedOrder: [Int] = [], fillDirectory: String? = nil,
        disk: DiskUse? = nil, statusDirectory: String? = nil, locksMemory: Bool = true
    ) {
        self.chunks = chunks
        self.members = members
        self.authority = authority
        self.key = key.hex.reveal()
        self.mountPoint = mountPoint
        self.settings = settings
        self.recordedOrder = recordedOrder
        self.fillDirectory = fillDirectory
        self.disk = disk
        self.statusDirectory = statusDirectory
        self.locksMemory = locksMemory
    }

    /// Throws `malformed` for what is no key.
    package func chunkKey() throws -> ChunkKey {
        guard let key = ChunkKey(hex: key) else {
            throw MusterError(
                .malformed, "the key of the root file system is not \(ChunkKey.length) octets in hexadecimal")
        }
        return key
    }

    package func layout() throws -> ChunkLayout { try ChunkLayout(lengths: chunks.map(\.size)) }
}

/// How far a served root file system is: `tethered.json` in the status directory, written anew when it changes.
package struct RootServerStatus: Sendable, Codable, Hashable {
    /// Chunks that there are, that were fetched (from members, or from a disk), and that are kept for good.
    package var chunks: Int
    package var fetched: Int
    package var kept: Int
    /// True when the members are not needed any more.
    package var isComplete: Bool
    /// Chunks that came from a local disk; nil where there is none to keep them on.
    package var fromDisk: Int?
    /// The chunks in the order in which they were first asked for.
    package var askedOrder: [Int]
    /// What members gave and what was refused, a line each, the first ones; see ``RefusalLog``.
    package var refusals: [String]
    /// The longest that a read has waited for the members, in milliseconds.
    package var longestWait: Int64

    package init(_ file: LazyFile, disk: ChunkDisk?, refusals: [String]) {
        let progress = file.progress
        chunks = progress.count
        fetched = progress.fetched
        kept = progress.stored
        isComplete = progress.isComplete
        fromDisk = disk?.found
        askedOrder = file.askedOrder
        self.refusals = refusals
        longestWait = Int64(progress.longestWait / .milliseconds(1))
    }

    package static let fileName = "tethered.json"
    /// Written anew when it changes, so often at most.
    package static let interval = Duration.seconds(10)

    /// What the process that serves this machine's root says; nil when there is none.
    package static func read(in directory: String = TetheredRoot.statusDirectory) -> RootServerStatus? {
        let path = "\(directory)/\(fileName)"
        guard Files.exists(path), let octets = try? Files.read(path, limit: 8 << 20) else { return nil }
        return try? MusterJSON.decode(RootServerStatus.self, from: octets, of: path)
    }
}
