import MusterBase

extension DHCPOptions {
    /// An option that is one IPv4 address, such as 1, 28, 50 and 54 (RFC 2132). Nil when absent; throws `malformed`
    /// unless it has four octets.
    public func address(_ code: DHCPOptionCode) throws(MusterError) -> IPv4Address? {
        guard let octets = self[code] else { return nil }
        guard octets.count == 4 else {
            throw MusterError(
                .malformed, "DHCP option \(code.rawValue) must be an address of 4 octets, it has \(octets.count)")
        }
        return IPv4Address(rawValue: octets.reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// An option that is a list of IPv4 addresses, such as 3, 6 and 42 (RFC 2132). Nil when absent; throws
    /// `malformed` unless it has a positive multiple of four octets.
    public func addresses(_ code: DHCPOptionCode) throws(MusterError) -> [IPv4Address]? {
        guard let octets = self[code] else { return nil }
        guard !octets.isEmpty, octets.count % 4 == 0 else {
            throw MusterError(
                .malformed, "DHCP option \(code.rawValue) must be addresses of 4 octets, it has \(octets.count)")
        }
        var reader = ByteReader(octets, of: "DHCP option \(code.rawValue)")
        var list: [IPv4Address] = []
        while !reader.isAtEnd { list.append(try reader.readIPv4()) }
        return list
    }

    public mutating func setAddress(_ code: DHCPOptionCode, _ address: IPv4Address) {
        setInteger(code, address.rawValue)
    }

    /// Sets a list of addresses; an empty list removes the option, which may not be empty.
    public mutating func setAddresses(_ code: DHCPOptionCode, _ addresses: [IPv4Address]) {
        if addresses.isEmpty {
            self[code] = nil
        } else {
            set(code, addresses.flatMap(\.octets))
        }
    }
}
