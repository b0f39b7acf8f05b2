import MusterBase

/// Reads `10.1.2.3` as ``IPv4Address`` does, without the cost of generic text: a change of a large group reads a
/// hundred thousand of them.
func readIPv4Address(_ text: Substring.UTF8View) -> IPv4Address? {
    var value: UInt32 = 0
    var number: UInt32 = 0
    var digits = 0
    var dots = 0
    for byte in text {
        if byte == UInt8(ascii: ".") {
            guard digits > 0, dots < 3 else { return nil }
            value = value << 8 | number
            dots += 1
            digits = 0
            number = 0
        } else {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), digits == 0 || number > 0 else { return nil }
            number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
            digits += 1
            guard number <= 255 else { return nil }
        }
    }
    guard dots == 3, digits > 0 else { return nil }
    return IPv4Address(rawValue: value << 8 | number)
}

/// Reads `10.1.2.3/16`; the length of the prefix without leading zeros.
func readIPv4WithPrefix(_ text: String) -> IPv4Network? {
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")),
        let address = readIPv4Address(text.utf8[..<slash])
    else { return nil }
    var length = 0
    var digits = 0
    for byte in text.utf8[text.utf8.index(after: slash)...] {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), digits == 0 || length > 0 else { return nil }
        length = length * 10 + Int(byte - UInt8(ascii: "0"))
        digits += 1
        guard length <= 32 else { return nil }
    }
    return digits == 0 ? nil : IPv4Network(address, prefixLength: length)
}

/// Whether one machine can have the address. Loopback counts: a site in one machine uses it.
func isMachine(_ address: IPv4Address) -> Bool {
    let first = address.rawValue >> 24
    return first != 0 && !(224...239).contains(first) && address.rawValue != .max
}

/// Whether one machine can have the address.
func isMachine(_ address: IPv6Address) -> Bool {
    !address.isMulticast && !address.isUnspecified && !address.isLoopback
}

/// Whether one machine can have the address in that network. Networks of one or two addresses have neither an address
/// of their own nor one for broadcasts (RFC 3021).
func isMachine(_ address: IPv4Network) -> Bool {
    guard isMachine(address.address), address.prefixLength > 0 else { return false }
    guard address.prefixLength < 31 else { return true }
    let mask = UInt32.max >> UInt32(address.prefixLength)
    let host = address.address.rawValue & mask
    return host != 0 && host != mask
}
