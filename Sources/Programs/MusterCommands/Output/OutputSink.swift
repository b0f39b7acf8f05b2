import MusterBase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where text goes: standard output or error in the program, a list of bytes in tests.
public protocol OutputSink: Sendable {
    /// Writes all the bytes, or throws ``OutputClosed`` when nobody reads them any more.
    func write(_ bytes: [UInt8]) throws
}

extension OutputSink {
    public func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Writes the text and a line feed.
    public func writeLine(_ text: String) throws { try write(Array(text.utf8) + [UInt8(ascii: "\n")]) }
}

/// The reader of the output went away, as in `muster node list | head`.
public struct OutputClosed: Error {
    public init() {}
}

/// An open file descriptor.
public struct DescriptorSink: OutputSink {
    private let descriptor: Int32

    public init(descriptor: Int32) { self.descriptor = descriptor }

    public static let standardOutput = DescriptorSink(descriptor: 1)
    public static let standardError = DescriptorSink(descriptor: 2)

    public func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = systemWrite(descriptor, part.baseAddress, part.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EPIPE {
                    throw OutputClosed()
                } else if errno == EAGAIN {
                    // A terminal that some other program left in non-blocking mode.
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&waiting, 1, -1)
                } else if errno != EINTR {
                    throw MusterError(.systemFailure, "cannot write the output: \(String(cString: strerror(errno)))")
                }
            }
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, start, count)
}

/// Collects what is written, for tests.
package final class CapturedSink: OutputSink {
    private let bytes = Mutex<[UInt8]>([])

    package init() {}

    package func write(_ more: [UInt8]) { bytes.withLock { $0 += more } }

    package var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
}
