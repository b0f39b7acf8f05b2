import Crypto
import LinuxSystem
import MusterBase

/// SHA-256 of bytes and files.
public enum FileDigest {
    public static func of(_ bytes: some Collection<UInt8>) throws -> ContentDigest {
        var hash = SHA256()
        hash.update(data: Array(bytes))
        return try finished(hash)
    }

    /// The digest and size of a file, read a piece at a time.
    public static func ofFile(_ path: String) throws -> (digest: ContentDigest, size: Int64) {
        let file = try RandomAccessFile(path)
        var hash = SHA256()
        var offset: UInt64 = 0
        while true {
            let piece = try file.read(at: offset, upTo: 1 << 20)
            if piece.isEmpty { return (try finished(hash), Int64(offset)) }
            hash.update(data: piece)
            offset += UInt64(piece.count)
        }
    }

    private static func finished(_ hash: SHA256) throws -> ContentDigest {
        guard let digest = ContentDigest(octets: hash.finalize()) else {
            throw MusterError(.internalFailure, "a SHA-256 digest is not 32 octets long")
        }
        return digest
    }
}
