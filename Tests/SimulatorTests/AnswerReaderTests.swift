import NIOCore
import Simulator
import Testing

@Suite struct AnswerReaderTests {
    private func read(_ text: String, by piece: Int, keepsBody: Bool = true, isHead: Bool = false) throws -> HTTPAnswer?
    {
        var reader = HTTPAnswerReader()
        reader.expect(keepsBody: keepsBody, isHead: isHead)
        var buffer = ByteBuffer()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            buffer.writeBytes(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            if let answer = try reader.read(&buffer) {
                #expect(rest.isEmpty && buffer.readableBytes == 0)
                return answer
            }
        }
        return nil
    }

    @Test("an answer is read whole however it comes in pieces")
    func pieces() throws {
        let text = "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 11\r\nX: y\r\n\r\nhello world"
        for piece in [1, 2, 3, 7, 1000] {
            #expect(
                try read(text, by: piece) == HTTPAnswer(status: 200, length: 11, body: Array("hello world".utf8)))
        }
    }

    @Test("a body is counted and not kept unless it is wanted or tells of an error")
    func kept() throws {
        let good = "HTTP/1.1 206 Partial Content\r\ncontent-length: 3\r\n\r\nabc"
        #expect(try read(good, by: 4, keepsBody: false) == HTTPAnswer(status: 206, length: 3, body: []))
        let bad = "HTTP/1.1 409 Conflict\r\ncontent-length: 3\r\n\r\nabc"
        #expect(try read(bad, by: 4, keepsBody: false) == HTTPAnswer(status: 409, length: 3, body: Array("abc".utf8)))
    }

    @Test("answers without a body end with their head")
    func noBody() throws {
        #expect(try read("HTTP/1.1 204 No Content\r\n\r\n", by: 5) == HTTPAnswer(status: 204, length: 0, body: []))
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
        #expect(try read(head, by: 5, isHead: true) == HTTPAnswer(status: 200, length: 5000, body: []))
        let first = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        #expect(try read(first, by: 3) == HTTPAnswer(status: 200, length: 0, body: []))
    }

    @Test(
        "an answer that is none is refused",
        arguments: [
            "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ])
    func refused(_ text: String) { #expect(throws: (any Error).self) { try read(text, by: 100) } }
}
