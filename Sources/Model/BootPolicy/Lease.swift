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

    public init(
        address: IPv4Address, mac: MACAddress, kind: Kind, interface: String, acknowledgedAt: Timestamp,
        expiresAt: Timestamp
    ) {
        self.address = address
        self.mac = mac
        self.kind = kind
        self.interface = interface
        self.acknowledgedAt = acknowledgedAt
        self.expiresAt = expiresAt
    }
}

/// Keeps the leases of the dynamic range over a restart. Called on an event loop: it must not block, so an
/// implementation queues the write. A lease that is lost by a crash costs the machine one more exchange.
public protocol LeaseJournal: Sendable {
    func save(_ lease: Lease)
    func remove(_ address: IPv4Address)
}
