import MusterBase

/// One place at which the service takes requests, or would.
public struct ListenerStatus: Codable, Sendable, Hashable {
    public enum State: String, Codable, Sendable {
        /// It is being opened.
        case starting
        case listening
        /// Its interface, or an address on it, is not there yet.
        case waiting
        /// It could not be opened. The service tries again by itself.
        case cannotBind = "cannot_bind"
        /// This machine has no network of that kind, as when IPv6 is switched off.
        case unsupported
    }

    /// `dhcp`, `tftp`, `http`, `https` or `control`.
    public var service: String
    /// Address and port such as `0.0.0.0:69`, an interface, or the path of a socket.
    public var place: String
    public var state: State
    /// Why it does not listen.
    public var reason: String?
    /// What to do about it.
    public var advice: String?
    /// When it came into this state.
    public var since: Timestamp

    public init(
        service: String, place: String, state: State, reason: String? = nil, advice: String? = nil, since: Timestamp
    ) {
        self.service = service
        self.place = place
        self.state = state
        self.reason = reason
        self.advice = advice
        self.since = since
    }
}
