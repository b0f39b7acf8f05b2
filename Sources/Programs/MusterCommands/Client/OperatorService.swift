import APIClient
import MusterAPI
import MusterBase

/// One request of the operators' API.
public struct OperatorRequest: Sendable, Hashable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    public var method: Method
    /// One of ``OperatorPath``, with its variable part, not percent-encoded.
    public var path: String
    public var query: [QueryItem] = []
    /// JSON; empty for none.
    public var body: [UInt8] = []
    /// How long the service may be silent.
    public var patience: Duration

    public init(_ method: Method, _ path: String, body: [UInt8] = [], patience: Duration = .seconds(120)) {
        self.method = method
        self.path = path
        self.body = body
        self.patience = patience
    }

    /// The same with one more item in its query; nil adds none.
    func with(_ name: String, _ value: String?) -> OperatorRequest {
        guard let value else { return self }
        var copy = self
        copy.query.append(QueryItem(name, value))
        return copy
    }

    /// Path and query as they stand in the request line.
    public var target: String { requestTarget(path, query: query) }
}

/// The service, as the commands see it: the real one over its socket, a scripted one in tests.
public protocol OperatorService: Sendable {
    /// Sends a request and gives the body of the answer when its status is 2xx.
    ///
    /// - Throws: The ``MusterError`` that the service answered with, or `unavailable` when it cannot be reached.
    func send(_ request: OperatorRequest) async throws -> [UInt8]
}
