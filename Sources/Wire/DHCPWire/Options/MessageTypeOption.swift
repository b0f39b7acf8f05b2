import MusterBase

extension DHCPOptions {
    /// Option 53 (RFC 2132, section 9.6). Nil when absent; throws `malformed` unless it is one octet from 1 to 8.
    public func messageType() throws(MusterError) -> DHCPMessageType? {
        guard let octets = self[.messageType] else { return nil }
        guard octets.count == 1, let raw = octets.first, let type = DHCPMessageType(rawValue: raw) else {
            throw MusterError(.malformed, "DHCP option 53 (message type) must be one octet from 1 to 8")
        }
        return type
    }

    public mutating func setMessageType(_ type: DHCPMessageType) { setInteger(.messageType, type.rawValue) }
}
