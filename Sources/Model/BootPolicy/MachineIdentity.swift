import MusterBase

/// What a machine that asks for an address says about itself.
public struct MachineIdentity: Hashable, Sendable, Codable {
    /// The Ethernet address that asks.
    public var mac: MACAddress
    /// The SMBIOS UUID, where the firmware sends one.
    public var uuid: MachineUUID?
    /// The serial number; DHCP does not carry it, the agent's enrolment does.
    public var serial: String?

    public init(mac: MACAddress, uuid: MachineUUID? = nil, serial: String? = nil) {
        self.mac = mac
        self.uuid = uuid
        self.serial = serial
    }
}
