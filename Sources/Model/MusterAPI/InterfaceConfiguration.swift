import DeploymentModel
import MusterBase

/// One network interface as it is to be configured on a node: what one group of attributes says.
public struct InterfaceConfiguration: Codable, Sendable, Hashable {
    /// How it comes to its IPv4 address.
    public enum Method: String, Codable, Sendable, Hashable {
        case `static`
        case dhcp
        case none
    }

    /// The attribute group it came from: empty for `net.*`, `fast` for `net.fast.*`.
    public var name: String
    /// The link is found by its hardware address.
    public var hardwareAddress: MACAddress?
    public var method: Method
    public var address: IPv4Network?
    public var gateway: IPv4Address?
    /// In octets; absent for the link's own default.
    public var mtu: Int?
    /// Names in the operating system: of a link that is found by its name, or the one that a bond, bridge or VLAN gets.
    public var systemNames: [LinkName]
    public var kind: InterfaceKind
    /// The VLAN on this very interface that its addresses belong to; from ``VLANSettings/identifiers``.
    public var tag: Int?
    public var routes: [StaticRoute]
    public var ipv6: IPv6Settings

    public init(
        name: String, hardwareAddress: MACAddress?, method: Method, address: IPv4Network?, gateway: IPv4Address?,
        mtu: Int?, systemNames: [LinkName] = [], kind: InterfaceKind = .link, tag: Int? = nil,
        routes: [StaticRoute] = [], ipv6: IPv6Settings = .unset
    ) {
        self.name = name
        self.hardwareAddress = hardwareAddress
        self.method = method
        self.address = address
        self.gateway = gateway
        self.mtu = mtu
        self.systemNames = systemNames
        self.kind = kind
        self.tag = tag
        self.routes = routes
        self.ipv6 = ipv6
    }
}
