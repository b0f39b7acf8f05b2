/// One operation of the operators' API: what is called for a method and a path.
public struct OperatorRoute: Sendable {
    public typealias Handler = @Sendable (OperatorRequest) async throws -> OperatorResponse

    /// Such as `GET`.
    public let method: String
    /// A path whose segments in braces are parameters: `/api/v1/trace/{node}`.
    public let pattern: String
    public let handler: Handler

    public init(_ method: String, _ pattern: String, handler: @escaping Handler) {
        self.method = method
        self.pattern = pattern
        self.handler = handler
    }
}
