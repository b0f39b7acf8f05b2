import BootPolicy
import MusterBase

/// Which interfaces are served, and on which ports.
public struct DHCPServiceSettings: Sendable {
    /// UDP ports. They are the standard ones except in tests.
    public struct Ports: Sendable, Hashable {
        /// Where clients and relays send to; 0 lets the kernel choose.
        public var server: UInt16
        /// Where PXE clients ask a boot server; 0 lets the kernel choose.
        public var proxy: UInt16
        /// Where clients listen.
        public var client: UInt16
        /// Where relays listen.
        public var relay: UInt16

        public init(server: UInt16 = 67, proxy: UInt16 = 4011, client: UInt16 = 68, relay: UInt16 = 67) {
            self.server = server
            self.proxy = proxy
            self.client = client
            self.relay = relay
        }
    }

    /// By interface name. An interface that is not there, or has no IPv4 address, is served as soon as it has one.
    public var interfaces: [String: BootSettings]
    public var ports: Ports
    /// How often the interfaces are looked at, beside each time that the kernel tells of a change.
    public var checkInterval: Duration

    public init(
        interfaces: [String: BootSettings], ports: Ports = Ports(), checkInterval: Duration = .seconds(5)
    ) {
        self.interfaces = interfaces
        self.ports = ports
        self.checkInterval = checkInterval
    }
}

/// What became of the listener of one interface.
public enum ListenerChange: Sendable, Hashable {
    /// It listens on these UDP ports.
    case started(interface: String, serverPort: UInt16, proxyPort: UInt16)
    /// It stopped, and why in one line; it starts again as soon as it can.
    case stopped(interface: String, reason: String)
    /// It cannot start, and why; it is tried again.
    case unavailable(interface: String, trouble: ListenerTrouble)
}
