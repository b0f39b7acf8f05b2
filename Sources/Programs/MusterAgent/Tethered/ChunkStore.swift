import CLinux
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that takes the plain content of all chunks, each in its place: in memory (tmpfs) or on a local disk. It is
/// made anew each time, and gone when this process is: nobody can have changed what is in it.
package final class ChunkStore: Sendable {
    private let descriptor: Int32

    /// - Parameter directory: where the file lies, without a name.
    /// - Throws: what the kernel says.
    package init(in directory: String, size: Int64) throws {
        descriptor = muster_open_nameless(directory)
        guard descriptor >= 0 else { throw systemError("cannot make a file in \(directory)") }
        guard ftruncate(descriptor, off_t(size)) == 0 else {
            let error = systemError("cannot make a file of \(sizeText(size)) in \(directory)")
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Writes a chunk to its place.
    func write(_ octets: [UInt8], at offset: Int64) throws {
        try octets.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = pwrite(
                    descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset) + off_t(done))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw systemError("cannot keep a part of the root file system") }
                done += count
            }
        }
    }

    /// Reads what was written before. Throws when the disk fails.
    func read(_ range: Range<Int64>) throws -> [UInt8] {
        var failure: MusterError?
        let wanted = range.count
        let octets = [UInt8](unsafeUninitializedCapacity: wanted) { space, filled in
            while filled < wanted {
                let offset = off_t(range.lowerBound) + off_t(filled)
                let count = pread(descriptor, space.baseAddress.map { $0 + filled }, wanted - filled, offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    failure = systemError("cannot read a part of the root file system that was kept")
                    return
                }
                filled += count
            }
        }
        if let failure { throw failure }
        return octets
    }
}
