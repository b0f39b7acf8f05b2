import MusterBase

extension DHCPOptions {
    /// An option that is one unsigned number in network order: 51, 58, 59 (UInt32, seconds), 26 and 57 (UInt16). Nil
    /// when absent; throws `malformed` unless its length is that of the number.
    public func integer<Number: FixedWidthInteger & UnsignedInteger>(
        _ code: DHCPOptionCode, as type: Number.Type = Number.self
    ) throws(MusterError) -> Number? {
        guard let octets = self[code] else { return nil }
        guard octets.count == Number.bitWidth / 8 else {
            throw MusterError(
                .malformed,
                "DHCP option \(code.rawValue) must be a number of \(Number.bitWidth / 8) octets, it has \(octets.count)"
            )
        }
        var reader = ByteReader(octets, of: "DHCP option \(code.rawValue)")
        return try reader.readInteger()
    }
}
