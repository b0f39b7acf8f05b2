import DHCPWire
import LinuxSystem
import MusterBase

/// How this machine reached the network.
public struct NetworkState: Sendable, Hashable, Codable {
    /// The link by which the members are reached.
    public var link: NetworkLink
    public var address: LinkAddress
    /// By DHCP, or by the kernel argument `muster.ip`.
    public var isByDHCP: Bool
    public var dnsServers: [IPv4Address]
    public var domain: String?
    /// Where the members listen, by DHCP or by the kernel argument.
    public var members: MusterVendorOptions
    /// All Ethernet links of this machine.
    public var links: [NetworkLink]

    /// As JSON with words between underscores gives them back.
    private enum CodingKeys: String, CodingKey {
        case link, address, dnsServers, domain, members, links
        case isByDHCP = "isByDhcp"
    }

    public init(
        link: NetworkLink, address: LinkAddress, isByDHCP: Bool, dnsServers: [IPv4Address], domain: String?,
        members: MusterVendorOptions, links: [NetworkLink]
    ) {
        self.link = link
        self.address = address
        self.isByDHCP = isByDHCP
        self.dnsServers = dnsServers
        self.domain = domain
        self.members = members
        self.links = links
    }

    /// Permanent hardware addresses of all Ethernet links.
    public var macs: [MACAddress] { links.compactMap { $0.permanentAddress ?? $0.address } }
}
