import DeploymentModel
import MusterBase

/// The network that a system is to have: what was set for the node, put together with what the machine has.
///
/// All that is in it fits together: each part exists, belongs to one bond or bridge, and stands before what is made of it;
/// nothing is called the same; one link has the gateway for everything. The link by which the machine booted is always
/// there: without it the node would be lost.
public struct NetworkPlan: Sendable, Hashable {
    /// Parts before what is made of them; else in the order given.
    public let links: [NetworkPlanLink]
    /// The link with the node's own address: the boot link, or what is made of it.
    public let main: NetworkPlanLink
    public let boot: BootNetwork
    public let dnsServers: [IPv4Address]
    public let domain: SearchDomain?
    /// For systems that take them link by link.
    public let timeServers: [SearchDomain]

    /// - Parameters:
    ///   - wanted: In any order. What does not fit with the others is left out, so that the rest works.
    ///   - timeServers: Names and addresses; those that are neither are left out.
    public init(
        wanted: [NetworkPlanLink], boot: BootNetwork, dnsServers: [IPv4Address] = [], domain: String? = nil,
        timeServers: [String] = []
    ) {
        var assembly = NetworkAssembly(wanted, boot: boot)
        links = assembly.links()
        main = assembly.main(of: links)
        self.boot = boot
        self.dnsServers = dnsServers
        self.domain = domain.flatMap { SearchDomain($0) }
        self.timeServers = timeServers.compactMap { SearchDomain($0) }
    }

    public func link(_ label: String) -> NetworkPlanLink? { links.first { $0.label == label } }

    /// The links that a bond or bridge is made of.
    public func parts(of link: NetworkPlanLink) -> [NetworkPlanLink] { links.filter { $0.controller == link.label } }

    /// The VLANs on a link.
    public func vlans(on link: NetworkPlanLink) -> [NetworkPlanLink] {
        links.filter { if case .vlan(_, link.label) = $0.kind { true } else { false } }
    }

    /// The hardware address that a bond or bridge has: the boot link's, by which DHCP servers know the machine, or else
    /// that of its first part. Systems would make up their own.
    public func hardwareAddress(of link: NetworkPlanLink) -> MACAddress? {
        switch link.kind {
        case .ethernet(let address, _): return address
        case .vlan(_, let parent): return self.link(parent).flatMap(hardwareAddress)
        case .bond, .bridge:
            let parts = parts(of: link)
            return (parts.first(where: carriesBoot) ?? parts.first).flatMap(hardwareAddress)
        }
    }

    /// Whether the boot link is this or a part of it.
    public func carriesBoot(_ link: NetworkPlanLink) -> Bool {
        if case .vlan(_, let parent) = link.kind { return self.link(parent).map(carriesBoot) ?? false }
        return link.isBootLink || parts(of: link).contains(where: carriesBoot)
    }

    /// Whether the node's own address needs the link: it has the address, or carries what has it.
    func isNeeded(_ link: NetworkPlanLink) -> Bool {
        link.label == main.label || link.controller.flatMap(self.link).map(isNeeded) == true
            || vlans(on: link).contains(where: isNeeded)
    }

    /// Whether it takes more than one address on the boot link.
    public var isMoreThanBootAddress: Bool {
        links.count > 1 || main.kind.isVirtual || !main.routes.isEmpty || main.mtu != nil || main.ipv6 != .unset
    }

    /// Whether an address comes by DHCP: then its client writes the name servers.
    var asksDHCP: Bool { links.contains { $0.ipv4 == .dhcp } }
}

/// How the machine reached the network when it booted.
public struct BootNetwork: Sendable, Hashable {
    public var device: LinkName?
    public var hardwareAddress: MACAddress
    /// The address that the hardware came with, where it says so.
    public var permanentAddress: MACAddress?
    public var address: IPv4Network
    public var gateway: IPv4Address?
    public var mtu: Int?
    public var isByDHCP: Bool

    public init(
        device: LinkName?, hardwareAddress: MACAddress, permanentAddress: MACAddress? = nil, address: IPv4Network,
        gateway: IPv4Address?, mtu: Int? = nil, isByDHCP: Bool
    ) {
        self.device = device
        self.hardwareAddress = hardwareAddress
        self.permanentAddress = permanentAddress
        self.address = address
        self.gateway = gateway
        self.mtu = mtu
        self.isByDHCP = isByDHCP
    }

    func isLink(_ address: MACAddress) -> Bool { address == hardwareAddress || address == permanentAddress }
}

/// A domain, or a host: letters, digits, dots, hyphens, underscores, and colons for an IPv6 address.
public struct SearchDomain: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    /// Nil for anything that could not stand in a file.
    public init?(_ text: String) {
        let further: [UInt8] = [0x2D, 0x2E, 0x5F, 0x3A]
        guard (1...253).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-"),
            text.utf8.allSatisfy({ hexDigitValue($0) != nil || Self.isLetter($0) || further.contains($0) })
        else { return nil }
        self.text = text
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    public var description: String { text }
}

/// A file of the system that is made ready.
public struct NetworkFile: Sendable, Hashable {
    /// Within its root file system.
    public let path: String
    public let mode: UInt16
    public let text: String

    public init(_ path: String, mode: UInt16 = 0o644, _ lines: [String]) {
        self.path = path
        self.mode = mode
        text = lines.joined(separator: "\n") + "\n"
    }
}
