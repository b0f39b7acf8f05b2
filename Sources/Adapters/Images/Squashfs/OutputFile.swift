import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A new file that is written from its beginning to its end.
struct OutputFile {
    private let handle: Handle
    /// Where the next octets go.
    private(set) var position: UInt64 = 0

    private final class Handle {
        let descriptor: Int32
        let path: String

        init(_ path: String, mode: UInt16) throws {
            self.path = path
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
            guard descriptor >= 0 else { throw systemError("cannot create the file \(path)") }
        }

        deinit { if descriptor >= 0 { close(descriptor) } }
    }

    /// Makes the file, in the place of one that is there.
    init(_ path: String, mode: UInt16 = 0o644) throws { handle = try Handle(path, mode: mode) }

    mutating func append(_ octets: [UInt8]) throws {
        try write(octets, at: position)
        position += UInt64(octets.count)
    }

    /// Writes over what is there.
    func write(_ octets: [UInt8], at offset: UInt64) throws {
        try PlacedOctets.write(octets, to: handle.descriptor, at: offset, orSay: "cannot write \(handle.path)")
    }
}
