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
        try PlacedOctets.write(
            octets, to: descriptor, at: offset, orSay: "cannot keep a part of the root file system")
    }

    /// Reads what was written before. Throws when the disk fails.
    func read(_ range: Range<Int64>) throws -> [UInt8] {
        let failure = "cannot read a part of the root file system that was kept"
        let octets = try PlacedOctets.read(range.count, of: descriptor, at: range.lowerBound, orSay: failure)
        guard octets.count == range.count else { throw MusterError(.systemFailure, failure) }
        return octets
    }
}
