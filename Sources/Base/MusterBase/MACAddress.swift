/// An Ethernet hardware address, 48 bits.
public struct MACAddress: Hashable, Sendable, Comparable {
    /// The address in the low 48 bits, first octet highest.
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue & 0xFFFF_FFFF_FFFF }

    /// From exactly six octets in the order sent.
    public init?(octets: some Collection<UInt8>) {
        guard octets.count == 6 else { return nil }
        rawValue = octets.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads `52:54:00:12:34:56`, `52-54-00-12-34-56`, `5254.0012.3456` or `525400123456`, in either case.
    public init?(_ text: some StringProtocol) {
        var value: UInt64 = 0
        var digits = 0
        for byte in text.utf8 {
            guard let digit = hexDigitValue(byte) else {
                guard byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "."),
                    digits > 0, digits % 2 == 0, digits < 12
                else { return nil }
                continue
            }
            digits += 1
            guard digits <= 12 else { return nil }
            value = value << 4 | UInt64(digit)
        }
        guard digits == 12 else { return nil }
        rawValue = value
    }

    public var octets: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> (40 - 8 * UInt64($0))) } }

    /// True for group addresses (broadcast and multicast), which no machine may claim as its own.
    public var isMulticast: Bool { rawValue >> 40 & 1 == 1 }

    public static func < (left: MACAddress, right: MACAddress) -> Bool { left.rawValue < right.rawValue }
}

extension MACAddress: CustomStringConvertible {
    /// Lower case with colons.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(17)
        for digit in (0..<12).reversed() {
            text.append(hexDigit(UInt8(rawValue >> (4 * UInt64(digit)) & 15)))
            if digit % 2 == 0, digit > 0 { text.append(UInt8(ascii: ":")) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension MACAddress: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder, MACAddress.init) }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}
