/// One request for a public file, for the deployment's trace.
public struct StaticAccess: Sendable, Hashable {
    public let remoteAddress: RemoteAddress
    /// The path that was asked for, percent-decoded, such as `/os/debian-12/boot.ipxe`.
    public let path: String
    /// HTTP status.
    public let status: Int
    /// Octets of the body that were handed to the network.
    public let octets: Int64
    /// False when the connection broke before the whole body was sent.
    public let isComplete: Bool
    /// True for HTTPS.
    public let isSecure: Bool

    public init(
        remoteAddress: RemoteAddress, path: String, status: Int, octets: Int64, isComplete: Bool, isSecure: Bool
    ) {
        self.remoteAddress = remoteAddress
        self.path = path
        self.status = status
        self.octets = octets
        self.isComplete = isComplete
        self.isSecure = isSecure
    }
}

/// Is told of each request for a public file. Called on an event loop: it has to return at once.
public typealias StaticAccessObserver = @Sendable (StaticAccess) -> Void
