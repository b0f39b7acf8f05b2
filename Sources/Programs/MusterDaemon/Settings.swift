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
    /// Open connections that one address may have, on each of the HTTP and HTTPS ports.
    public var connectionsPerAddress = 256
    /// `ADDRESS:PORT` of further servers that have the same public tree, by HTTPS with a certificate of this site:
    /// machines fetch chunks of images from them, too.
    public var mirrors: [String] = []
    /// How many nodes plays are run against at a time.
    public var playsAtOnce = 4
    /// Seconds for all plays of a stage on one node.
    public var playsTimeout = 3600

    public init() {}

    private static let keys = [
        "networks", "http_port", "https_port", "tftp_port", "dhcp_port", "log_level", "heartbeat",
        "connections_per_address", "mirrors", "plays_at_once", "plays_timeout",
    ]
    private static let networkKeys = ["interface", "mode", "router", "dns", "lease", "dynamic_range"]
    private static let logLevels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

    /// - Parameter file: its name, for error messages. A file with nothing but comments stands for the defaults.
    /// - Throws: ``MusterError`` with the line and what is allowed.
    public init(yaml text: String, file: String) throws {
        let isBlank = text.split(whereSeparator: \.isNewline).allSatisfy { line in
            line.first { !$0.isWhitespace }.map { $0 == "#" } ?? true
        }
        guard !isBlank else { return }
        let root = try YAMLValue.parse(text, file: file)
        let top = try root.mapping("the settings", keys: Self.keys)
        networks = try top["networks"]?.list("networks", Self.network) ?? []
        let names = networks.map(\.interface)
        if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
            throw root.error("interface '\(twice)' stands in networks twice")
        }
        httpPort = try top["http_port"]?.integer("http_port", in: 1...65535) ?? httpPort
        httpsPort = try top["https_port"]?.integer("https_port", in: 1...65535) ?? httpsPort
        tftpPort = try top["tftp_port"]?.integer("tftp_port", in: 1...65535) ?? tftpPort
        dhcpPort = try top["dhcp_port"]?.integer("dhcp_port", in: 1...65535) ?? dhcpPort
        heartbeat = try top["heartbeat"]?.integer("heartbeat", in: 5...3600) ?? heartbeat
        connectionsPerAddress =
            try top["connections_per_address"]?.integer("connections_per_address", in: 4...4096)
            ?? connectionsPerAddress
        mirrors = try top["mirrors"]?.list("mirrors", Self.mirror) ?? []
        playsAtOnce = try top["plays_at_once"]?.integer("plays_at_once", in: 1...64) ?? playsAtOnce
        playsTimeout = try top["plays_timeout"]?.integer("plays_timeout", in: 60...86_400) ?? playsTimeout
        logLevel = try top["log_level"]?.word("log_level", of: Self.logLevels) ?? logLevel
    }

    private static func network(_ value: YAMLValue) throws -> Network {
        let keys = try value.mapping("a network", keys: networkKeys)
        let interface = try keys.required("interface").text(
            "interface", allowed: "the name of a network interface, 1 to 15 characters"
        ) { name in
            (1...15).contains(name.utf8.count) && !name.contains("/") && !name.contains(" ")
        }
        let modes = Network.Mode.allCases.map(\.rawValue)
        let mode = try keys["mode"]?.word("mode", of: modes)
        var network = Network(interface: interface, mode: mode.flatMap(Network.Mode.init) ?? .own)
        network.router = try keys["router"].map { try address("router", $0) }
        network.dns = try keys["dns"]?.list("dns") { try address("name server", $0) } ?? []
        network.lease = try keys["lease"]?.integer("lease", in: 60...31_536_000) ?? network.lease
        network.dynamicRange = try keys["dynamic_range"].map { try range($0, mode: network.mode) }
        return network
    }

    private static func mirror(_ value: YAMLValue) throws -> String {
        try value.text("mirror", allowed: "an IPv4 address and a port, such as 10.0.0.2:443") { text in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            return parts.count == 2 && IPv4Address(parts[0]) != nil && UInt16(parts[1]).map { $0 > 0 } == true
        }
    }

    private static func address(_ what: String, _ value: YAMLValue) throws -> IPv4Address {
        let text = try value.text(what)
        guard let address = IPv4Address(text) else { throw value.error("'\(text)' is no IPv4 address") }
        return address
    }

    private static func range(_ value: YAMLValue, mode: Network.Mode) throws -> ClosedRange<IPv4Address> {
        guard mode == .own else {
            throw value.error("a dynamic range goes with mode 'own' only: in mode 'proxy' another server has it")
        }
        let text = try value.text("dynamic_range")
        let ends = text.split(separator: "-").map { IPv4Address($0.filter { $0 != " " }) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else {
            throw value.error("'\(text)' is no range of addresses", allowed: "such as 10.0.0.100-10.0.0.199")
        }
        guard last.rawValue - first.rawValue < 65_536 else {
            throw value.error("'\(text)' has more than 65536 addresses")
        }
        return first...last
    }
}
