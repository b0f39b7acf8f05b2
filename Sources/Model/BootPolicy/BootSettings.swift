import DHCPWire
import MusterBase

/// How the boot services act on one interface.
public struct BootSettings: Sendable, Hashable {
    public enum Mode: String, Sendable, Codable {
        /// Muster gives the addresses.
        case own
        /// A foreign DHCP server gives the addresses; Muster adds what to boot.
        case proxy
    }

    public var mode: Mode
    /// The gateway for nodes that have none of their own.
    public var router: IPv4Address?
    /// The name servers for nodes that have none of their own.
    public var dnsServers: [IPv4Address]
    /// The domain for nodes that have none of their own.
    public var domain: String?
    /// How long an address is given for, in seconds; at least 60.
    public var leaseSeconds: UInt32
    /// Addresses for machines that are not in the inventory, and for nodes without an address. Off when nil.
    public var dynamicRange: DynamicRange?
    /// TCP port of plain HTTP on this member.
    public var httpPort: UInt16
    /// TCP port of the node API on this member.
    public var httpsPort: UInt16
    public var loaders: BootLoaders
    /// The other members of the site, told to agents after this one.
    public var otherMembers: MusterVendorOptions
    /// iPXE with IPv6 asks for an IPv6 router for some 15 s before it goes on. When true, a machine that was just led to
    /// its script is told once that there is none, if no router spoke up before (docs/decisions/0006).
    public var endsRouterWait: Bool

    public init(
        mode: Mode = .own, router: IPv4Address? = nil, dnsServers: [IPv4Address] = [], domain: String? = nil,
        leaseSeconds: UInt32 = 3600, dynamicRange: DynamicRange? = nil, httpPort: UInt16 = 80, httpsPort: UInt16 = 443,
        loaders: BootLoaders = .standard, otherMembers: MusterVendorOptions = MusterVendorOptions(),
        endsRouterWait: Bool = true
    ) {
        self.mode = mode
        self.router = router
        self.dnsServers = dnsServers
        self.domain = domain
        self.leaseSeconds = max(leaseSeconds, 60)
        self.dynamicRange = dynamicRange
        self.httpPort = httpPort
        self.httpsPort = httpsPort
        self.loaders = loaders
        self.otherMembers = otherMembers
        self.endsRouterWait = endsRouterWait
    }
}

/// Addresses to give to machines that have no fixed one; both ends belong to it.
public struct DynamicRange: Sendable, Hashable {
    public let first: IPv4Address
    public let last: IPv4Address

    /// At most so many addresses make a range.
    public static let maximumCount = 65_536

    /// Throws `invalidInput` when the ends are in the wrong order or too far apart.
    public init(first: IPv4Address, last: IPv4Address) throws(MusterError) {
        guard first <= last else {
            throw MusterError(.invalidInput, "The dynamic range \(first) to \(last) ends before it begins")
        }
        guard last.rawValue - first.rawValue < DynamicRange.maximumCount else {
            throw MusterError(
                .invalidInput, "The dynamic range \(first) to \(last) has over \(DynamicRange.maximumCount) addresses")
        }
        self.first = first
        self.last = last
    }

    public var count: Int { Int(last.rawValue - first.rawValue) + 1 }
    public func contains(_ address: IPv4Address) -> Bool { first <= address && address <= last }
}
