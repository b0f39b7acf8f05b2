import MusterBase

extension DHCPOptions {
    /// The SMBIOS UUID in option 97 (RFC 4578, section 2.3). Nil when absent, and when the firmware sent a
    /// placeholder (all zeros or all ones) or a type other than 0; throws `malformed` unless type 0 has 16 octets.
    public func machineUUID() throws(MusterError) -> MachineUUID? {
        guard let octets = self[.clientMachineIdentifier] else { return nil }
        guard let type = octets.first else {
            throw MusterError(.malformed, "DHCP option 97 (machine identifier) is empty")
        }
        guard type == 0 else { return nil }
        guard let uuid = MachineUUID(smbiosOctets: octets.dropFirst()) else {
            throw MusterError(.malformed, "DHCP option 97 (machine identifier) must have 17 octets")
        }
        return uuid.isUsable ? uuid : nil
    }

    public mutating func setMachineUUID(_ uuid: MachineUUID) { set(.clientMachineIdentifier, [0] + uuid.smbiosOctets) }
}
