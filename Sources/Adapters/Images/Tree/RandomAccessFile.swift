import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that is read at any place, also by several tasks at once.
final class RandomAccessFile: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = try Files.openRegular(path)
        self.path = path
    }

    deinit { close(descriptor) }

    /// At most `count` octets; fewer only at the end of the file.
    func read(at offset: UInt64, upTo count: Int) throws -> [UInt8] {
        try PlacedOctets.read(count, of: descriptor, at: offset, orSay: "cannot read \(path)")
    }

    /// Exactly `count` octets. Throws ``MusterError`` `malformed` when the file ends before.
    func read(at offset: UInt64, exactly count: Int) throws -> [UInt8] {
        let bytes = try read(at: offset, upTo: count)
        guard bytes.count == count else { throw MusterError(.malformed, "\(path) ends early at octet \(offset)") }
        return bytes
    }
}
