import MusterBase
import TFTPWire

/// One read request and what came of it, for the deployment's trace.
public struct TFTPAccess: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        /// The client has acknowledged the whole file.
        case complete
        case notFound
        /// A path or a mode that is not served, or too many transfers at once.
        case refused
        /// It gave its place to others before the client acknowledged anything: too many were under way.
        case displaced
        /// The client stopped answering.
        case silent
        /// The client said that it does not go on.
        case aborted(String)
        /// The file could not be read, or the service went down.
        case failed
    }

    /// The client's address without port.
    public let remoteAddress: String
    public let ipv4: IPv4Address?
    /// Below the served directory, with a slash in front; as it was asked for when it was refused.
    public let path: String
    public let outcome: Outcome
    /// Octets of the file that the client has acknowledged.
    public let octets: Int64
    /// Times that something had to be sent again.
    public let retransmissions: Int

    public init(
        remoteAddress: String, path: String, outcome: Outcome, octets: Int64 = 0, retransmissions: Int = 0
    ) {
        self.remoteAddress = remoteAddress
        ipv4 = IPv4Address(remoteAddress)
        self.path = path
        self.outcome = outcome
        self.octets = octets
        self.retransmissions = retransmissions
    }
}

/// Is told of each read request when it is over. Called on an event loop: it has to return at once.
public typealias TFTPAccessObserver = @Sendable (TFTPAccess) -> Void
