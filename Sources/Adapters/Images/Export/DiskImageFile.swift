import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A disk as a file with holes. It has a name of its own until it is whole.
final class DiskImageFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Makes a file, or empties the one that is there already to hold its name. Only its owner may read it until it is
    /// finished.
    ///
    /// - Parameter size: in octets.
    init(_ path: String, size: UInt64) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot create the file \(path)") }
        guard ftruncate(descriptor, off_t(clamping: size)) == 0 else { throw systemError("cannot lengthen \(path)") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ octets: [UInt8], at offset: UInt64) throws {
        try PlacedOctets.write(octets, to: descriptor, at: offset, orSay: "cannot write \(path)")
    }

    /// Copies a file to a place; where it has zeros, the hole stays.
    func copy(_ source: String, at offset: UInt64) throws {
        let file = try RandomAccessFile(source)
        var place: UInt64 = 0
        while true {
            let piece = try file.read(at: place, upTo: 64 << 10)
            if piece.isEmpty { return }
            if piece.contains(where: { $0 != 0 }) { try write(piece, at: offset + place) }
            place += UInt64(piece.count)
        }
    }
}
