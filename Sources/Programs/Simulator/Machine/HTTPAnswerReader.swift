import NIOCore

/// An answer as a simulated machine wants it.
package struct HTTPAnswer: Sendable, Hashable {
    package var status: Int
    /// Octets of the whole body.
    package var length: Int
    /// What was kept of the body.
    package var body: [UInt8]

    package init(status: Int, length: Int, body: [UInt8]) {
        self.status = status
        self.length = length
        self.body = body
    }
}

/// Reads HTTP/1.1 answers with as little work as can be: status, length, body. Answers without a length are not taken.
package struct HTTPAnswerReader {
    package enum Fault: Error {
        case malformed
        case unknownLength
    }

    private var status = 0
    private var rest: Int?
    private var length = 0
    private var body: [UInt8] = []
    private var keepsBody = false
    private var isHead = false

    /// The most of a body that is kept.
    private static let limit = 64 << 10

    package init() {}

    /// What comes next is the answer to this request.
    package mutating func expect(keepsBody: Bool, isHead: Bool) {
        self.keepsBody = keepsBody
        self.isHead = isHead
        rest = nil
        body = []
    }

    /// Takes octets out of the buffer. Returns the answer when it is whole, nil when more must come.
    package mutating func read(_ buffer: inout ByteBuffer) throws(Fault) -> HTTPAnswer? {
        while rest == nil { guard try readHead(&buffer) else { return nil } }
        guard var left = rest else { return nil }
        let count = min(left, buffer.readableBytes)
        if keepsBody || status >= 400, body.count < Self.limit {
            body.append(contentsOf: buffer.readableBytesView.prefix(min(count, Self.limit - body.count)))
        }
        buffer.moveReaderIndex(forwardBy: count)
        left -= count
        rest = left
        guard left == 0 else { return nil }
        rest = nil
        return HTTPAnswer(status: status, length: length, body: body)
    }

    private mutating func readHead(_ buffer: inout ByteBuffer) throws(Fault) -> Bool {
        let parsed = buffer.withUnsafeReadableBytes { Self.head(in: $0) }
        guard let parsed else {
            guard buffer.readableBytes < 16_384 else { throw .malformed }
            return false
        }
        guard parsed.status >= 100 else { throw .malformed }
        buffer.moveReaderIndex(forwardBy: parsed.end)
        guard parsed.status >= 200 else { return true }
        status = parsed.status
        let hasBody = !isHead && status != 204 && status != 304
        guard !hasBody || parsed.length != nil else { throw .unknownLength }
        length = parsed.length ?? 0
        rest = hasBody ? length : 0
        return true
    }

    /// Status (0 for none), length and end of the head; nil when it is not whole.
    private static func head(in bytes: UnsafeRawBufferPointer) -> (status: Int, length: Int?, end: Int)? {
        var end = 0
        var length: Int?
        var lineStart = 0
        var status: Int?
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            let line = UnsafeRawBufferPointer(rebasing: bytes[lineStart..<index])
            lineStart = index + 1
            if status == nil {
                status = number(line.dropFirst(9).prefix(3)) ?? 0
            } else if line.count <= 1 {
                end = index + 1
                break
            } else if line.count > 16, isContentLength(line) {
                length = number(line.dropFirst(15))
            }
        }
        guard end > 0, let status else { return nil }
        return (status, length, end)
    }

    private static let contentLength = Array("content-length:".utf8)

    private static func isContentLength(_ line: UnsafeRawBufferPointer) -> Bool {
        for (index, letter) in contentLength.enumerated() where line[index] | 0x20 != letter | 0x20 { return false }
        return true
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> Int? {
        var value = 0
        var hasDigits = false
        for byte in bytes {
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\r") { continue }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), value < 1 << 50 else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            hasDigits = true
        }
        return hasDigits ? value : nil
    }
}
