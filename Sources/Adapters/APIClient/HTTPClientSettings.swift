/// Times and sizes within which an ``HTTPClient`` keeps.
public struct HTTPClientSettings: Sendable {
    /// To an open connection, the TLS handshake included.
    public var connectTimeout: Duration
    /// From one piece of an answer to the next, the wait for the first included.
    public var readTimeout: Duration
    /// A connection that was not used for so long is not used again: the server is about to close it.
    public var idleLimit: Duration
    /// How many connections without a request are kept.
    public var idleConnections: Int
    /// The largest body in octets that ``HTTPClient/request(_:_:headers:body:readTimeout:)`` collects.
    public var bodyLimit: Int

    public init(
        connectTimeout: Duration = .seconds(5), readTimeout: Duration = .seconds(30),
        idleLimit: Duration = .seconds(20), idleConnections: Int = 4, bodyLimit: Int = 256 << 20
    ) {
        self.connectTimeout = connectTimeout
        self.readTimeout = readTimeout
        self.idleLimit = idleLimit
        self.idleConnections = idleConnections
        self.bodyLimit = bodyLimit
    }
}
