import Crypto
import DeploymentModel
import DiskFormats
import ImageChunks
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Takes a root file system's file apart into stored chunks, and puts it together again.
struct RootChunks: Sendable {
    let store: ChunkStore
    let cipher: ChunkCipher

    /// Octets that are read at once.
    private static let window = 8 << 20

    /// Cuts a file, and stores its chunks; all of it is on the disk then.
    ///
    /// - Parameter progress: called with the share that is done, 0 to 1.
    func write(_ path: String, progress: @Sendable (Double) -> Void) async throws -> ImageManifest.Root {
        let file = try RandomAccessFile(path)
        guard let size = Files.size(path) else { throw systemError("cannot look at \(path)") }
        var hash = SHA256()
        var chunks: [ImageManifest.Chunk] = []
        var offset: UInt64 = 0
        var next = try pieces(of: file, from: 0)
        while let current = next {
            // The next ones are read and cut while these are stored.
            async let stored = storeAll(current.ranges, of: current.window)
            let taken = current.ranges.last?.upperBound ?? 0
            current.window.withUnsafeBytes {
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<taken]))
            }
            offset += UInt64(taken)
            next = try pieces(of: file, from: offset)
            chunks += try await stored
            progress(Double(offset) / Double(max(1, size)))
        }
        try store.bringToDisk()
        guard let digest = ContentDigest(octets: hash.finalize()) else {
            throw MusterError(.internalFailure, "a SHA-256 digest is not 32 octets long")
        }
        return ImageManifest.Root(size: Int64(offset), digest: digest, chunks: chunks)
    }

    /// What comes next in a file, cut; nil at its end.
    private func pieces(
        of file: RandomAccessFile, from offset: UInt64
    ) throws -> (window: [UInt8], ranges: [Range<Int>])? {
        let window = try file.read(at: offset, upTo: Self.window)
        guard !window.isEmpty else { return nil }
        return (window, cut(window, isLast: window.count < Self.window))
    }

    /// The chunks of a window. Unless it is the file's last, what is too short to be cut for sure stays for the next.
    private func cut(_ window: [UInt8], isLast: Bool) -> [Range<Int>] {
        let chunker = ContentChunker.images
        return window.withUnsafeBytes { bytes in
            var ranges: [Range<Int>] = []
            var start = 0
            while start < bytes.count, isLast || bytes.count - start >= chunker.maximum {
                let length = chunker.firstLength(of: UnsafeRawBufferPointer(rebasing: bytes[start...]))
                ranges.append(start..<start + length)
                start += length
            }
            return ranges
        }
    }

    /// Encrypts and stores on all processors; the answers are in order.
    private func storeAll(_ ranges: [Range<Int>], of window: [UInt8]) async throws -> [ImageManifest.Chunk] {
        let workers = max(1, min(ranges.count, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        return try await withThrowingTaskGroup(of: [(Int, ImageManifest.Chunk)].self) { group in
            for worker in 0..<workers {
                group.addTask {
                    try stride(from: worker, to: ranges.count, by: workers).map {
                        ($0, try keep(ranges[$0], of: window))
                    }
                }
            }
            var chunks: [(Int, ImageManifest.Chunk)] = []
            for try await some in group { chunks += some }
            return chunks.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func keep(_ range: Range<Int>, of window: [UInt8]) throws -> ImageManifest.Chunk {
        try Task.checkCancellation()
        let stored = try window.withUnsafeBytes { bytes in
            try cipher.seal(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        return ImageManifest.Chunk(size: range.count, digest: try store.put(stored))
    }

    /// Puts a root together at `path`. Throws ``MusterError`` when a chunk is missing or damaged, or the whole is not
    /// what the manifest says; the file is there in part then.
    func assemble(_ root: ImageManifest.Root, at path: String, progress: (Double) -> Void) throws {
        var file = try OutputFile(path, mode: 0o600)
        var hash = SHA256()
        for chunk in root.chunks {
            let plain = try cipher.open(try store.read(chunk.digest))
            guard plain.count == chunk.size else {
                throw MusterError(.verificationFailed, "the chunk \(chunk.digest) is not as long as the manifest says")
            }
            hash.update(data: plain)
            try file.append(plain)
            progress(Double(file.position) / Double(max(1, root.size)))
        }
        guard file.position == UInt64(max(0, root.size)), ContentDigest(octets: hash.finalize()) == root.digest else {
            throw MusterError(.verificationFailed, "the chunks do not make the root file system of the manifest")
        }
    }
}
