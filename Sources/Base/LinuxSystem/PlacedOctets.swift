import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Octets at places of open files and devices, whole: what the kernel reads or writes in parts is put together. They
/// need no position, so several threads may use one descriptor.
public enum PlacedOctets {
    /// Writes all octets.
    ///
    /// - Parameters:
    ///   - offset: from the beginning, in octets.
    ///   - doing: for the error, as in "cannot write /some/file".
    /// - Throws: `exhausted` where there is no room, else what the kernel says.
    public static func write(
        _ octets: [UInt8], to descriptor: Int32, at offset: some BinaryInteger, orSay doing: @autoclosure () -> String
    ) throws {
        try octets.withUnsafeBytes { try write($0, to: descriptor, at: offset, orSay: doing()) }
    }

    /// The same of octets in memory.
    public static func write(
        _ octets: UnsafeRawBufferPointer, to descriptor: Int32, at offset: some BinaryInteger,
        orSay doing: @autoclosure () -> String
    ) throws {
        let start = off_t(clamping: offset)
        var done = 0
        while done < octets.count {
            let rest = UnsafeRawBufferPointer(rebasing: octets[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, start + off_t(done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw systemError(doing()) }
            done += count
        }
    }

    /// Reads octets; fewer than `count` only at the end.
    public static func read(
        _ count: Int, of descriptor: Int32, at offset: some BinaryInteger, orSay doing: @autoclosure () -> String
    ) throws -> [UInt8] {
        guard let start = off_t(exactly: offset) else { return [] }
        // Not thrown in there: nothing may be thrown once a part is filled.
        var failure: MusterError?
        let octets = [UInt8](unsafeUninitializedCapacity: count) { space, filled in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(space)[filled..<count])
                let got = pread(descriptor, rest.baseAddress, rest.count, start + off_t(filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = systemError(doing()) }
                guard got > 0 else { return }
                filled += got
            }
        }
        if let failure { throw failure }
        return octets
    }
}
