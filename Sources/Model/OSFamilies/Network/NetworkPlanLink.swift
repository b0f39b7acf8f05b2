import DeploymentModel
import MusterBase

/// A link of a ``NetworkPlan``.
public struct NetworkPlanLink: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// A network card, by its address; whether that is known to be the one that the hardware came with.
        case ethernet(MACAddress, isPermanent: Bool)
        /// Its members are labels.
        case bond(BondSettings)
        /// Its ports are labels.
        case bridge(BridgeSettings)
        case vlan(identifier: Int, parent: String)

        var isVirtual: Bool { if case .ethernet = self { false } else { true } }

        /// Labels of what it is made of.
        var parts: [String] {
            switch self {
            case .ethernet: []
            case .bond(let bond): bond.members
            case .bridge(let bridge): bridge.ports
            case .vlan(_, let parent): [parent]
            }
        }
    }

    public enum IPv4: Sendable, Hashable {
        case none
        case dhcp
        case fixed(IPv4Network, gateway: IPv4Address?)

        public var address: IPv4Network? { if case .fixed(let address, _) = self { address } else { nil } }
        public var gateway: IPv4Address? { if case .fixed(_, let gateway) = self { gateway } else { nil } }
    }

    /// Of letters, digits, `.`, `_` and `-`; unique in the plan.
    public let label: String
    /// Its name in the operating system; nil for a card that the machine does not have.
    public let device: LinkName?
    public internal(set) var kind: Kind
    public internal(set) var ipv4: IPv4
    public internal(set) var routes: [StaticRoute]
    public internal(set) var ipv6: IPv6Settings
    /// In octets; nil for the link's own default.
    public internal(set) var mtu: Int?
    /// Whether this is the card by which the machine booted.
    public internal(set) var isBootLink = false
    /// The label of the bond or bridge that it belongs to.
    public internal(set) var controller: String?

    public init(
        label: String, device: LinkName?, kind: Kind, ipv4: IPv4 = .none, routes: [StaticRoute] = [],
        ipv6: IPv6Settings = .unset, mtu: Int? = nil
    ) {
        self.label = Self.plain(label)
        self.device = device
        self.kind = kind
        self.ipv4 = ipv4
        self.routes = routes
        self.ipv6 = ipv6
        self.mtu = mtu
    }

    /// Letters, digits, dots, hyphens and underscores, with no dot first; others become hyphens.
    private static func plain(_ text: String) -> String {
        let plain = text.utf8.prefix(64).map { byte -> Character in
            let isPlain =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || [0x2D, 0x2E, 0x5F].contains(byte)
            return isPlain ? Character(UnicodeScalar(byte)) : "-"
        }
        return plain.first == "." || plain.isEmpty ? "-" + String(plain) : String(plain)
    }

    /// Its name in the operating system, or what stands for it where any name does.
    public var name: String { device?.text ?? label }

    /// Whether it has addresses or leads anywhere.
    var hasAddresses: Bool { ipv4 != .none || ipv6 != .unset }
}
