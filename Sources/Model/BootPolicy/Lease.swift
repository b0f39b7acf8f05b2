import MusterBase

/// An address that a machine was given.
public struct Lease: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// The node's own address, from the inventory.
        case fixed
        /// From the dynamic range.
        case dynamic
        /// Found in use by another machine (DECLINE): not to be given for a while. The MAC address is the client's that
        /// said so.
        case unusable
    }

    public var address: IPv4Address
    public var mac: MACAddress
    public var kind: Kind
    public var interface: String
    public var acknowledgedAt: Timestamp
    public var expiresAt: Timestamp
    /// True for a machine behind a router: nothing but this lease tells which machine holds the address, for the
    /// kernel's neighbour table has the router alone.
    public var isRouted: Bool

    public init(
        address: IPv4Address, mac: MACAddress, kind: Kind, interface: String, acknowledgedAt: Timestamp,
        expiresAt: Timestamp, isRouted: Bool = false
    ) {
        self.address = address
        self.mac = mac
        self.kind = kind
        self.interface = interface
        self.acknowledgedAt = acknowledgedAt
        self.expiresAt = expiresAt
        self.isRouted = isRouted
    }

    /// Journals of older versions say nothing of routers.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        address = try container.decode(IPv4Address.self, forKey: .address)
        mac = try container.decode(MACAddress.self, forKey: .mac)
        kind = try container.decode(Kind.self, forKey: .kind)
        interface = try container.decode(String.self, forKey: .interface)
        acknowledgedAt = try container.decode(Timestamp.self, forKey: .acknowledgedAt)
        expiresAt = try container.decode(Timestamp.self, forKey: .expiresAt)
        isRouted = try container.decodeIfPresent(Bool.self, forKey: .isRouted) ?? false
    }

    /// Whether it must outlast a restart. What a machine on the served link has of the inventory need not: the inventory
    /// and the neighbour table say the same.
    public var isKept: Bool { kind != .fixed || isRouted }
}

/// Keeps leases over a restart: see ``Lease/isKept``. Called on an event loop: it must not block, so an implementation
/// queues the write. A lease that is lost by a crash costs the machine one more exchange.
public protocol LeaseJournal: Sendable {
    /// Called at each acknowledgement, also when it repeats the one before.
    func save(_ lease: Lease)
    func remove(_ address: IPv4Address)
}
