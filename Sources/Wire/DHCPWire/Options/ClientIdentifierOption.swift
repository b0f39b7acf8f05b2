import MusterBase

extension DHCPOptions {
    /// Option 61 (RFC 2132, section 9.14): type and identifier. Nil when absent; throws `malformed` under two octets.
    public func clientIdentifier() throws(MusterError) -> ArraySlice<UInt8>? {
        guard let octets = self[.clientIdentifier] else { return nil }
        guard octets.count >= 2 else {
            throw MusterError(.malformed, "DHCP option 61 (client identifier) must have at least 2 octets")
        }
        return octets
    }

    /// Sets option 61 to the hardware type 1 and the Ethernet address.
    public mutating func setClientIdentifier(_ mac: MACAddress) { set(.clientIdentifier, [1] + mac.octets) }
}
