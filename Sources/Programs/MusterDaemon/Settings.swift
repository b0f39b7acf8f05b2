import MusterBase
import StrictYAML

/// The service's settings, from `muster.yaml`.
public struct Settings: Sendable, Hashable {
    /// One network that is served.
    public struct Network: Sendable, Hashable {
        public enum Mode: String, Sendable, CaseIterable {
            /// Muster gives out the addresses.
            case own
            /// Another DHCP server gives out the addresses; Muster adds where to boot from.
            case proxy
        }

        public var interface: String
        public var mode: Mode
        /// Given to nodes that have no `net.ipv4_gateway`.
        public var router: IPv4Address?
        /// Given to nodes that have no `dns.servers`.
        public var dns: [IPv4Address]
        /// Seconds.
        public var lease: Int
        /// For machines that nobody has defined; absent: they get no answer.
        public var dynamicRange: ClosedRange<IPv4Address>?

        public init(
            interface: String, mode: Mode, router: IPv4Address? = nil, dns: [IPv4Address] = [], lease: Int = 3600,
            dynamicRange: ClosedRange<IPv4Address>? = nil
        ) {
            self.interface = interface
            self.mode = mode
            self.router = router
            self.dns = dns
            self.lease = lease
            self.dynamicRange = dynamicRange
        }
    }

    public var networks: [Network] = []
    public var httpPort = 80
    public var httpsPort = 443
    public var tftpPort = 69
    public var dhcpPort = 67
    /// trace, debug, info, notice, warning, error or critical.
    public var logLevel = "info"
    /// Seconds between a running node's heartbeats.
    public var heartbeat = 60

    public init() {}

    private static let keys = [
        "networks", "http_port", "https_port", "tftp_port", "dhcp_port", "log_level", "heartbeat",
    ]
    private static let networkKeys = ["interface", "mode", "router", "dns", "lease", "dynamic_range"]
    private static let logLevels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

    /// - Parameter name: the file's name for error messages.
    /// - Throws: ``MusterError`` with the line and what is allowed.
    public init(yaml text: String, name: String) throws {
        guard let root = try YAMLDocument(text, name: name).root, !root.isNull else { return }
        let top = try root.mapping(allowed: Self.keys)
        networks = try top["networks"]?.list().map(Self.network) ?? []
        let names = networks.map(\.interface)
        if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
            throw root.error("interface '\(twice)' stands in networks twice")
        }
        httpPort = try top["http_port"]?.integer(in: 0...65535) ?? httpPort
        httpsPort = try top["https_port"]?.integer(in: 0...65535) ?? httpsPort
        tftpPort = try top["tftp_port"]?.integer(in: 0...65535) ?? tftpPort
        dhcpPort = try top["dhcp_port"]?.integer(in: 0...65535) ?? dhcpPort
        heartbeat = try top["heartbeat"]?.integer(in: 5...3600) ?? heartbeat
        if let level = top["log_level"] {
            logLevel = try level.text()
            guard Self.logLevels.contains(logLevel) else {
                throw level.error(
                    "'\(logLevel)' is no log level; allowed are \(Self.logLevels.joined(separator: ", "))")
            }
        }
    }

    private static func network(_ value: YAMLValue) throws -> Network {
        let keys = try value.mapping(allowed: networkKeys)
        let interface = try keys.required("interface")
        var network = Network(interface: try interface.text(), mode: try keys["mode"]?.choice() ?? .own)
        guard (1...15).contains(network.interface.utf8.count), !network.interface.contains("/") else {
            throw interface.error("'\(network.interface)' cannot be the name of a network interface")
        }
        network.router = try keys["router"]?.parsed("an IPv4 address") { IPv4Address($0) }
        network.dns = try keys["dns"]?.list().map { try $0.parsed("an IPv4 address") { IPv4Address($0) } } ?? []
        network.lease = try keys["lease"]?.integer(in: 60...31_536_000) ?? network.lease
        if let range = keys["dynamic_range"] {
            guard network.mode == .own else {
                throw range.error("a dynamic range goes with mode 'own' only: in mode 'proxy' another server has it")
            }
            network.dynamicRange = try range.parsed("a range of IPv4 addresses such as 10.0.0.100-10.0.0.199") { text in
                let ends = text.split(separator: "-").map { IPv4Address($0.filter { $0 != " " }) }
                guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
                return first...last
            }
        }
        return network
    }
}
