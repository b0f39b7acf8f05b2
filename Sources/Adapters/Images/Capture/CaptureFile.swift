import LinuxSystem
import MusterBase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The archive that a captured machine's files go to, a piece at a time.
final class CaptureFile: Sendable {
    let path: String
    private let descriptor: Int32
    private let written = Mutex<UInt64>(0)

    /// Makes the file, readable for its owner alone: it holds what a machine holds.
    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot create \(path)") }
    }

    deinit { close(descriptor) }

    /// Octets in the file.
    var size: UInt64 { written.withLock { $0 } }

    /// Throws ``MusterError`` `exhausted` when the disk is full.
    func append(_ bytes: [UInt8]) throws {
        try written.withLock { size in
            try PlacedOctets.write(bytes, to: descriptor, at: size, orSay: "cannot write \(path)")
            size += UInt64(bytes.count)
        }
    }

    /// Takes what is behind an offset away.
    func cut(at offset: UInt64) throws {
        try written.withLock { size in
            guard ftruncate(descriptor, off_t(offset)) == 0 else { throw systemError("cannot shorten \(path)") }
            size = offset
        }
    }
}
