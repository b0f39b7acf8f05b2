import CLinux
import MusterBase
import NIOCore
import NIOHTTP1

/// The whole answer to a plain request for a small file, as octets: a rack that boots asks for the same few files over
/// and over, and to write the header fields anew each time is half of the work.
struct ReadyAnswer {
    /// The file that the octets were made from: another one at the path makes them void.
    let info: muster_file_info
    /// Below the root.
    let relative: String
    let size: Int
    /// When the kernel said last that the file is still the same.
    var checkedAt = Timestamp(seconds: 0)
    private let content: ByteBuffer
    /// The status line and the header fields but for the date.
    private let fields: ByteBuffer
    private var whole = ByteBuffer()
    private var date = ""

    init(_ content: ByteBuffer, info: muster_file_info, headers: HTTPHeaders, relative: String) {
        self.info = info
        self.relative = relative
        self.content = content
        size = content.readableBytes
        var fields = ByteBuffer(string: "HTTP/1.1 200 OK\r\n")
        for (name, value) in headers { fields.writeString("\(name): \(value)\r\n") }
        self.fields = fields
    }

    /// How long the kernel is not asked again, and how late a change of the file can be seen: a storm of requests for a
    /// thousand files still costs few looks.
    private static let freshness = Duration.milliseconds(100)

    /// False also after the clock was set back.
    func isFresh(at time: Timestamp) -> Bool { time >= checkedAt && time - checkedAt < ReadyAnswer.freshness }

    /// What is sent now. Made once a second, as the date is in it.
    mutating func octets(date now: String) -> ByteBuffer {
        if now != date {
            date = now
            whole = ByteBuffer()
            whole.reserveCapacity(fields.readableBytes + content.readableBytes + 64)
            whole.writeImmutableBuffer(fields)
            whole.writeString("date: \(now)\r\n\r\n")
            whole.writeImmutableBuffer(content)
        }
        return whole
    }

    /// Whether nothing in a request asks for less than the file, or for it under a condition.
    static func suits(_ request: HTTPRequestHead) -> Bool {
        guard request.method == .GET, request.version == .http1_1 else { return false }
        // All such fields begin with "if-" or are "range"; few others begin so.
        return !request.headers.contains { field in
            let first = (field.name.utf8.first ?? 0) | 0x20
            guard first == UInt8(ascii: "i") || first == UInt8(ascii: "r") else { return false }
            let name = field.name.lowercased()
            return name.hasPrefix("if-") || name == "range"
        }
    }
}
