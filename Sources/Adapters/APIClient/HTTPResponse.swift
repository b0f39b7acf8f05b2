import MusterAPI
import MusterBase
import NIOCore
import NIOHTTP1

/// A whole answer.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: [UInt8]

    public init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// An answer whose body is still to be read. It is valid only inside the closure that it is given to.
public struct HTTPStreamedResponse: Sendable {
    public let status: Int
    public let headers: HTTPHeaders
    /// The body in pieces as they come in. The server is not read ahead of the loop by more than one piece.
    public let body: HTTPBodyStream

    /// The length of the body in octets, when the server says it.
    public var contentLength: Int64? { headers.first(name: "content-length").flatMap { Int64($0) } }
}

/// A body that is read from the connection as it is iterated. One iterator only.
public struct HTTPBodyStream: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    let exchange: Exchange

    public struct AsyncIterator: AsyncIteratorProtocol {
        let exchange: Exchange

        public mutating func next() async throws -> ByteBuffer? { try await exchange.nextPiece() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(exchange: exchange) }

    /// The whole body, which may have at most `limit` octets.
    ///
    /// - Parameter expected: octets that there will be, when the server says it: no more than that much memory is taken
    ///   at first.
    public func collect(upTo limit: Int, expecting expected: Int64? = nil) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(clamping: Swift.max(0, Swift.min(expected ?? 0, Int64(limit), 4 << 20))))
        for try await piece in self {
            guard bytes.count + piece.readableBytes <= limit else {
                throw MusterError(.exhausted, "\(exchange.subject): the answer is larger than \(limit) octets")
            }
            bytes.append(contentsOf: piece.readableBytesView)
        }
        return bytes
    }
}

extension HTTPResponse {
    /// The error that an answer with status 400 or above stands for: the server's own ``Problem`` if it sent one.
    public func problem(of subject: String) -> MusterError? {
        guard status >= 400 else { return nil }
        if headers.first(name: "content-type")?.hasPrefix("application/problem+json") == true,
            let problem = try? MusterJSON.decode(Problem.self, from: body, of: "problem")
        {
            return problem.error
        }
        let phrase = HTTPResponseStatus(statusCode: status).reasonPhrase
        return MusterError(HTTPResponse.code(ofStatus: status), "\(subject) was answered with \(status) \(phrase)")
    }

    private static func code(ofStatus status: Int) -> MusterError.Code {
        switch status {
        case 401: .unauthenticated
        case 403: .forbidden
        case 404: .notFound
        case 409: .conflict
        case 410: .compacted
        case 408, 504: .timeout
        case 413, 507: .exhausted
        case 422: .verificationFailed
        case 429, 502, 503: .unavailable
        case 501: .unsupported
        case 400..<500: .invalidInput
        default: .internalFailure
        }
    }
}
