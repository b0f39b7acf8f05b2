import Crypto
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that is written from front to back while its digest is computed, so that nothing is read twice.
public final class ImageSink {
    public let path: String
    private let descriptor: Int32
    private var hash = SHA256()
    /// Octets written.
    public private(set) var size: Int64 = 0

    /// Creates the file, or empties it.
    public init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot create \(path)") }
    }

    deinit { close(descriptor) }

    public func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw systemError("cannot write \(path)")
                }
                rest = rest.dropFirst(count)
            }
            hash.update(bufferPointer: buffer)
        }
        size += Int64(bytes.count)
    }

    /// The digest of all that was written so far.
    public var digest: ContentDigest? {
        // A value: to close the copy leaves the original open.
        ContentDigest(octets: hash.finalize())
    }

    /// Begins anew.
    public func empty() throws {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw systemError("cannot empty \(path)")
        }
        hash = SHA256()
        size = 0
    }
}
