import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Stored chunks, each once for all versions of all images: `<first two digits>/<digest>`, named by the SHA-256 of the
/// stored octets, so that anyone can check them without a key.
public struct ChunkStore: Sendable {
    public let directory: String

    public init(directory: String) { self.directory = directory }

    public func path(_ digest: ContentDigest) -> String {
        let hex = digest.hex
        return "\(directory)/\(hex.prefix(2))/\(hex)"
    }

    /// Octets of the longest chunk that is read.
    static let limit = 1 << 20

    /// Keeps a chunk. One that is there already is looked at, and put right when it was damaged.
    ///
    /// - Returns: its name.
    func put(_ stored: [UInt8]) throws -> ContentDigest {
        let digest = try FileDigest.of(stored)
        let path = path(digest)
        if let known = try? Files.read(path, limit: Self.limit), known == stored { return digest }
        let temporary = "\(path).\(UInt64.random(in: .min ... .max)).tmp"
        do {
            try write(stored, to: temporary)
            guard rename(temporary, path) == 0 else { throw systemError("cannot put a chunk at \(path)") }
        } catch {
            unlink(temporary)
            throw error
        }
        return digest
    }

    private func write(_ stored: [UInt8], to path: String) throws {
        do {
            try Files.write(stored, to: path)
        } catch let error as MusterError where error.code == .notFound {
            let parent = FilePathText.parent(of: path)
            try Files.createDirectory(parent)
            for made in [directory, parent] { try FileSync.makePublic(made) }
            try Files.write(stored, to: path)
        }
        try FileSync.makePublic(path)
    }

    /// Returns when all that was put is on the disk.
    func bringToDisk() throws {
        if Files.isDirectory(directory) { try AtomicFile.syncFileSystem(of: directory) }
    }

    /// The stored octets. Throws ``MusterError`` `notFound`, or `verificationFailed` when they are not those named.
    public func read(_ digest: ContentDigest) throws -> [UInt8] {
        let stored = try Files.read(path(digest), limit: Self.limit)
        guard try FileDigest.of(stored) == digest else {
            throw MusterError(.verificationFailed, "the chunk \(path(digest)) is damaged")
        }
        return stored
    }
}
