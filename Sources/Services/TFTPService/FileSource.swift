import Glibc
import NIOCore
import TFTPWire

/// What a request asked for, found and not yet read.
enum RequestedFile: Sendable {
    case file(FileDescriptor, size: Int64)
    /// Converted for mode netascii.
    case text([UInt8])

    var size: Int64 {
        switch self {
        case .file(_, let size): size
        case .text(let octets): Int64(octets.count)
        }
    }

    /// The same content as mode netascii sends it; nil when it cannot be read.
    func asNetascii() -> RequestedFile? {
        guard let whole = FileSource(self).bytes(0..<size) else { return nil }
        return .text(netascii(whole.readableBytesView))
    }
}

/// An open file, closed with the last reference.
final class FileDescriptor: Sendable {
    let number: CInt

    init(_ number: CInt) { self.number = number }

    deinit { close(number) }
}

/// The octets of a file that is being sent. Reads ahead, so that many small blocks cost one system call.
final class FileSource {
    static let readAhead = 131_072

    let size: Int64
    /// Nil for a text that is held in memory.
    private let descriptor: FileDescriptor?
    private var buffer: ByteBuffer
    private var bufferStart: Int64 = 0

    init(_ file: RequestedFile) {
        size = file.size
        switch file {
        case .file(let descriptor, _):
            self.descriptor = descriptor
            buffer = ByteBuffer()
        case .text(let octets):
            descriptor = nil
            buffer = ByteBuffer(bytes: octets)
        }
    }

    /// Nil when the file cannot be read or has become shorter.
    func bytes(_ range: Range<Int64>) -> ByteBuffer? {
        guard isRead(range) else { return nil }
        return range.isEmpty
            ? ByteBuffer() : buffer.getSlice(at: Int(range.lowerBound - bufferStart), length: range.count)
    }

    /// As ``bytes(_:)``, without an object for them.
    func withBytes<Result>(_ range: Range<Int64>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        guard isRead(range) else { return nil }
        guard !range.isEmpty else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return buffer.withUnsafeReadableBytes { bytes in
            let start = Int(range.lowerBound - bufferStart)
            return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count]))
        }
    }

    private func isRead(_ range: Range<Int64>) -> Bool {
        let bufferEnd = bufferStart + Int64(buffer.readableBytes)
        if range.isEmpty || (range.lowerBound >= bufferStart && range.upperBound <= bufferEnd) { return true }
        guard let descriptor else { return false }
        return fill(descriptor, from: range.lowerBound, atLeast: range.count)
    }

    private func fill(_ descriptor: FileDescriptor, from start: Int64, atLeast needed: Int) -> Bool {
        let wanted = Int(min(Int64(max(FileSource.readAhead, needed)), size - start))
        guard wanted >= needed else { return false }
        buffer.clear(minimumCapacity: wanted)
        bufferStart = start
        while buffer.readableBytes < wanted {
            let offset = start + Int64(buffer.readableBytes)
            let left = wanted - buffer.readableBytes
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: left) { space in
                max(0, pread(descriptor.number, space.baseAddress, min(space.count, left), off_t(offset)))
            }
            if got == 0 { break }
        }
        return buffer.readableBytes >= needed
    }
}
