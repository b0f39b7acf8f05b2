import LinuxSystem
import MusterAPI
import MusterBase

/// The network of the deployed system, in the words of systemd-networkd: one file a link, found by its hardware
/// address.
public struct NetworkFiles: Sendable {
    /// A link as the deployed system should have it.
    struct Link {
        var name: String
        var hardwareAddress: MACAddress
        var method: String
        var address: IPv4Network?
        var gateway: IPv4Address?
        var mtu: Int?
        var isBootLink: Bool
    }

    let configuration: NodeConfiguration
    let boot: NetworkState
    /// True for a system whose links have their names from this boot already: the root is switched, and they are up.
    let keepsLinkNames: Bool

    public init(configuration: NodeConfiguration, boot: NetworkState, keepsLinkNames: Bool = true) {
        self.configuration = configuration
        self.boot = boot
        self.keepsLinkNames = keepsLinkNames
    }

    private var bootAddress: MACAddress { boot.link.address ?? MACAddress(rawValue: 0) }

    /// The name servers: those of the configuration, else those of DHCP.
    var dnsServers: [IPv4Address] {
        configuration.dnsServers.isEmpty ? boot.dnsServers : configuration.dnsServers
    }

    var domain: String? { configuration.domain ?? boot.domain }

    /// All links. The one by which the machine booted is always there: without it the node would be lost.
    var links: [Link] {
        var links = configuration.interfaces.compactMap(link)
        if !links.contains(where: \.isBootLink) {
            links.insert(
                Link(
                    name: "boot", hardwareAddress: bootAddress, method: boot.isByDHCP ? "dhcp" : "static",
                    address: boot.address.network, gateway: boot.address.gateway, mtu: boot.address.mtu,
                    isBootLink: true),
                at: 0)
        }
        return links
    }

    /// An interface without hardware address is the one that the machine booted by.
    private func link(_ interface: InterfaceConfiguration) -> Link? {
        guard let hardware = interface.hardwareAddress ?? (interface.name.isEmpty ? bootAddress : nil) else {
            return nil
        }
        let isBootLink = hardware == bootAddress || hardware == boot.link.permanentAddress
        var link = Link(
            name: interface.name.isEmpty ? "main" : interface.name, hardwareAddress: hardware, method: interface.method,
            address: interface.address, gateway: interface.gateway, mtu: interface.mtu, isBootLink: isBootLink)
        if link.method == "static", link.address == nil, isBootLink {
            // Static without an address: what DHCP gave stays.
            link.address = boot.address.network
            link.gateway = link.gateway ?? boot.address.gateway
        }
        if link.method == "static", link.address == nil { link.method = "none" }
        return link
    }

    public var changes: [RootChange] {
        var changes: [RootChange] = []
        for (index, link) in links.enumerated() {
            changes.append(.text("/etc/systemd/network/05-muster-\(index)-\(link.name).network", text(link)))
        }
        for link in boot.links where keepsLinkNames {
            guard let text = nameText(link) else { continue }
            changes.append(.text("/etc/systemd/network/05-muster-\(link.name).link", text))
        }
        if !dnsServers.isEmpty { changes.append(.text("/etc/resolv.conf", resolver)) }
        return changes
    }

    /// The links are up, and kernels before 6.2 do not rename such: systemd 252 would then wait for the new name for
    /// ever. So each keeps the name that it has, and gets the others beside it.
    private func nameText(_ link: NetworkLink) -> String? {
        guard let address = link.address else { return nil }
        return """
            [Match]
            MACAddress=\(address)
            Type=ether

            [Link]
            NamePolicy=
            Name=\(link.name)
            AlternativeNamesPolicy=database onboard slot path mac
            MACAddressPolicy=none

            """
    }

    private var resolver: String {
        let search = domain.map { ["search \($0)"] } ?? []
        return (search + dnsServers.map { "nameserver \($0)" }).joined(separator: "\n") + "\n"
    }

    private func text(_ link: Link) -> String {
        var lines = ["[Match]", "MACAddress=\(link.hardwareAddress)", "Type=ether", "", "[Link]"]
        if let mtu = link.mtu { lines.append("MTUBytes=\(mtu)") }
        lines.append("RequiredForOnline=\(link.isBootLink ? "yes" : "no")")
        lines += ["", "[Network]"]
        switch link.method {
        case "static":
            if let address = link.address { lines.append("Address=\(address)") }
            if let gateway = link.gateway { lines.append("Gateway=\(gateway)") }
            lines += shared(link)
        case "dhcp":
            lines += ["DHCP=ipv4"] + shared(link)
            // The address that this machine has already: the server knows it by its hardware address.
            lines += ["", "[DHCPv4]", "ClientIdentifier=mac", "UseHostname=no"]
        default: lines += ["LinkLocalAddressing=no", "ConfigureWithoutCarrier=no"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What is given once, with the link that the machine booted by.
    private func shared(_ link: Link) -> [String] {
        guard link.isBootLink else { return [] }
        return dnsServers.map { "DNS=\($0)" } + (domain.map { ["Domains=\($0)"] } ?? [])
            + configuration.ntpServers.map { "NTP=\($0)" }
    }
}
