/// What a client may ask of a server before it is cut off.
public struct WebLimits: Sendable {
    /// Largest request body in octets.
    public var body: Int
    /// Largest size in octets of all header fields of a request together, and of one.
    public var headers: Int
    public var headerCount: Int
    /// Open connections of one listener. When all are taken, the oldest without a request under way are closed; when
    /// there is none, more wait in the kernel's queue.
    public var connections: Int
    /// Of one address; more are closed at once.
    public var connectionsPerAddress: Int
    /// When all places are taken, connections that wait for a further request no longer than this keep theirs.
    public var sparedIdle: Duration
    /// The same for the first request: the handshake of TLS takes its time when many come at once.
    public var sparedUnasked: Duration
    /// How long a connection may stay open without a request.
    public var idle: Duration
    /// How long the first request's head may take, the TLS handshake included.
    public var head: Duration
    /// How long the body of a request may take.
    public var requestBody: Duration
    /// How long a client may take nothing of an answer that is being sent.
    public var stalledWrite: Duration

    public init(
        body: Int = 1 << 20, headers: Int = 16_384, headerCount: Int = 100, connections: Int = 4096,
        connectionsPerAddress: Int = 256, sparedIdle: Duration = .seconds(1), sparedUnasked: Duration = .seconds(5),
        idle: Duration = .seconds(75), head: Duration = .seconds(10), requestBody: Duration = .seconds(60),
        stalledWrite: Duration = .seconds(60)
    ) {
        self.body = body
        self.headers = headers
        self.headerCount = headerCount
        self.connections = connections
        self.connectionsPerAddress = connectionsPerAddress
        self.sparedIdle = sparedIdle
        self.sparedUnasked = sparedUnasked
        self.idle = idle
        self.head = head
        self.requestBody = requestBody
        self.stalledWrite = stalledWrite
    }

    /// For the operators' socket: `node define` of 100,000 nodes in one request.
    public static let operators = WebLimits(body: 64 << 20, connections: 256, requestBody: .seconds(300))
}
