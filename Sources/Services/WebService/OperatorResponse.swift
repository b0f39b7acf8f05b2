import MusterAPI
import MusterBase

/// Takes the pieces of an answer that is sent as it is made. Waits while the receiver is slow.
public struct OperatorResponseWriter: Sendable {
    private let send: @Sendable ([UInt8]) async throws -> Void

    public init(_ send: @escaping @Sendable ([UInt8]) async throws -> Void) { self.send = send }

    /// Throws when the caller has gone.
    public func write(_ bytes: [UInt8]) async throws { try await send(bytes) }
}

/// The answer to an operator's request.
public struct OperatorResponse: Sendable {
    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Sent piece by piece; the closure is called after the head was sent.
        case stream(@Sendable (OperatorResponseWriter) async throws -> Void)
    }

    /// HTTP status.
    public var status: Int
    public var contentType: String
    public var body: Body

    public init(status: Int = 200, contentType: String = "application/json", body: Body) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// A value as JSON by ``MusterJSON``.
    public static func json(_ value: some Encodable, status: Int = 200) throws -> OperatorResponse {
        OperatorResponse(status: status, body: .bytes(try MusterJSON.encode(value)))
    }

    /// Done, and nothing to say (204).
    public static let noContent = OperatorResponse(status: 204, body: .none)
}
