import MusterBase

/// A machine that tried to boot and that nobody has defined.
public struct DiscoveredMachine: Codable, Sendable, Hashable {
    public var mac: MACAddress
    public var uuid: MachineUUID?
    public var serial: String?
    /// What its boot firmware said it is, such as `x86-64 UEFI`.
    public var architecture: String?
    /// DHCP vendor class.
    public var vendorClass: String?
    /// The server's interface it was heard on.
    public var interface: String
    /// The relay it came through.
    public var relay: IPv4Address?
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    public var count: Int

    public init(
        mac: MACAddress, uuid: MachineUUID?, serial: String?, architecture: String?, vendorClass: String?,
        interface: String, relay: IPv4Address?, firstSeen: Timestamp, lastSeen: Timestamp, count: Int
    ) {
        self.mac = mac
        self.uuid = uuid
        self.serial = serial
        self.architecture = architecture
        self.vendorClass = vendorClass
        self.interface = interface
        self.relay = relay
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.count = count
    }
}

/// The one that was heard last comes first.
public struct DiscoveryList: Codable, Sendable, Hashable {
    public var machines: [DiscoveredMachine]

    public init(machines: [DiscoveredMachine]) { self.machines = machines }
}

/// Gives a discovered machine's MAC address and UUID to a node, which is defined when it is not there yet.
public struct DiscoveryAssignment: Codable, Sendable, Hashable {
    /// MAC address or UUID of the machine.
    public var machine: String
    public var node: String
    /// Further attributes, as in ``ChangeRequest``.
    public var assignments: [String]

    public init(machine: String, node: String, assignments: [String]) {
        self.machine = machine
        self.node = node
        self.assignments = assignments
    }
}
