import FUSEWire
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An open /dev/fuse: one connection with the kernel. Closed with the last reference; the kernel then fails all that
/// still waits.
final class FUSEDevice: Sendable {
    let descriptor: Int32

    init() throws {
        descriptor = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open /dev/fuse") }
    }

    deinit { close(descriptor) }

    /// Waits for the next request.
    ///
    /// - Parameter buffer: at least 8 KiB, or the kernel refuses.
    /// - Returns: how many octets it has; nil when the file system is gone.
    func receive(into buffer: inout [UInt8]) -> Int? {
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            // ENOENT: a request was withdrawn at that moment.
            guard [EINTR, EAGAIN, ENOENT].contains(errno) else { return nil }
        }
    }

    /// Writes one reply. What the kernel does not take, because it withdrew the request or is gone, is nobody's loss.
    func send(_ parts: [ArraySlice<UInt8>]) {
        var vectors: [iovec] = []
        vectors.reserveCapacity(parts.count)
        gather(parts[...], &vectors)
    }

    /// Holds each part in place while the others are reached, then writes all at once.
    private func gather(_ parts: ArraySlice<ArraySlice<UInt8>>, _ vectors: inout [iovec]) {
        guard let first = parts.first else {
            while writev(descriptor, vectors, Int32(vectors.count)) < 0, errno == EINTR {}
            return
        }
        first.withUnsafeBytes { octets in
            vectors.append(
                iovec(iov_base: UnsafeMutableRawPointer(mutating: octets.baseAddress), iov_len: octets.count))
            gather(parts.dropFirst(), &vectors)
        }
    }
}
