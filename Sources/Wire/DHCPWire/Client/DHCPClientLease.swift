import MusterBase

/// What a client was given.
public struct DHCPClientLease: Sendable, Hashable {
    public var address: IPv4Network
    /// The server that gave the address.
    public var server: IPv4Address
    public var router: IPv4Address?
    /// When not empty, used in place of ``router`` (RFC 3442).
    public var routes: [ClasslessRoute]
    public var dnsServers: [IPv4Address]
    public var domain: String?
    public var hostName: String?
    public var timeServers: [IPv4Address]
    /// In octets.
    public var mtu: UInt16?
    /// Nil means for ever.
    public var lifetime: Duration?
    /// When to ask the same server for more time, counted from the acknowledgement.
    public var renewal: Duration?
    /// When to ask any server.
    public var rebinding: Duration?
    /// Where the members of the site listen, from this server or from a proxy beside it.
    public var members: MusterVendorOptions

    /// Reads an ACK. Options that are broken count as absent, but the address must be one that a machine can have.
    ///
    /// Throws `malformed` when there is no address or server.
    public init(_ packet: DHCPPacket, members: MusterVendorOptions) throws(MusterError) {
        let options = packet.options
        guard packet.yourAddress != .any, !packet.yourAddress.isMulticast, packet.yourAddress != .broadcast else {
            throw MusterError(.malformed, "DHCP answer gives no usable address")
        }
        guard let server = try options.address(.serverIdentifier) else {
            throw MusterError(.malformed, "DHCP answer names no server")
        }
        let mask = (try? options.address(.subnetMask)) ?? DHCPClientLease.classfulMask(packet.yourAddress)
        guard let network = IPv4Network(packet.yourAddress, mask: mask) else {
            throw MusterError(.malformed, "DHCP answer has \(mask) as subnet mask")
        }
        address = network
        self.server = server
        router = (try? options.addresses(.router))?.first
        routes = (try? options.classlessRoutes()) ?? []
        dnsServers = (try? options.addresses(.domainNameServer)) ?? []
        domain = try? options.text(.domainName)
        hostName = try? options.text(.hostName)
        timeServers = (try? options.addresses(.timeServer)) ?? []
        mtu = try? options.integer(.interfaceMTU, as: UInt16.self)
        self.members = members
        readTimes(options)
    }

    /// RFC 2131, section 4.4.5: half and seven eighths of the lease, unless the server says otherwise.
    private mutating func readTimes(_ options: DHCPOptions) {
        guard let seconds = try? options.integer(.leaseTime, as: UInt32.self), seconds != .max else { return }
        // A lease of seconds would make the client ask without end.
        let whole = max(Int64(seconds), 60)
        let first = (try? options.integer(.renewalTime, as: UInt32.self)).map(Int64.init) ?? whole / 2
        let second = (try? options.integer(.rebindingTime, as: UInt32.self)).map(Int64.init) ?? whole / 8 * 7
        let isOrdered = 0 < first && first < second && second < whole
        lifetime = .seconds(whole)
        renewal = .seconds(isOrdered ? first : whole / 2)
        rebinding = .seconds(isOrdered ? second : whole / 8 * 7)
    }

    private static func classfulMask(_ address: IPv4Address) -> IPv4Address {
        switch address.rawValue >> 29 {
        case 0...3: IPv4Address(255, 0, 0, 0)
        case 4...5: IPv4Address(255, 255, 0, 0)
        default: IPv4Address(255, 255, 255, 0)
        }
    }
}
