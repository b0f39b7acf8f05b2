import MusterAPI
import MusterBase
import NIOCore
import NIOHTTP1
import NIOPosix

/// The operators' API as the command line uses it. Paths are in ``OperatorPath``; bodies are JSON by ``MusterJSON``;
/// what the server refuses is thrown as the ``MusterError`` that it names.
public struct OperatorClient: Sendable {
    public let http: HTTPClient

    public init(_ http: HTTPClient) { self.http = http }

    /// On the Unix socket of a musterd on this machine.
    public init(socket path: String, settings: HTTPClientSettings = HTTPClientSettings()) throws {
        http = try HTTPClient(.unixSocket(path: path), settings: settings)
    }

    /// - Parameter readTimeout: give more than the server's own wait for a long poll.
    public func get<Answer: Decodable>(
        _ path: String, query: [QueryItem] = [], readTimeout: Duration? = nil, as answer: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await http.call(.GET, path, query: query, readTimeout: readTimeout, answer: answer)
    }

    public func post<Answer: Decodable>(
        _ path: String, _ body: some Encodable, readTimeout: Duration? = nil, as answer: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await http.call(.POST, path, body: try MusterJSON.encode(body), readTimeout: readTimeout, answer: answer)
    }

    public func patch<Answer: Decodable>(
        _ path: String, _ body: some Encodable, readTimeout: Duration? = nil, as answer: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await http.call(.PATCH, path, body: try MusterJSON.encode(body), readTimeout: readTimeout, answer: answer)
    }

    public func delete<Answer: Decodable>(
        _ path: String, query: [QueryItem] = [], readTimeout: Duration? = nil, as answer: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await http.call(.DELETE, path, query: query, readTimeout: readTimeout, answer: answer)
    }

    /// For requests whose answer has no body.
    public func send(
        _ method: HTTPMethod, _ path: String, query: [QueryItem] = [], body: (any Encodable)? = nil
    ) async throws {
        _ = try await http.call(method, path, query: query, body: try body.map { try MusterJSON.encode($0) })
    }
}
