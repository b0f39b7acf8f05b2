/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable, Comparable {
    /// In host order: 10.0.0.1 is 0x0A000001.
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// From exactly four octets in network order.
    public init?(octets: some Collection<UInt8>) {
        guard octets.count == 4 else { return nil }
        rawValue = octets.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads four decimal numbers. A leading zero is refused: some programs would read it as octal.
    public init?(_ text: some StringProtocol) {
        var value: UInt32 = 0
        var number: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits == 0 || number != 0 else { return nil }
                number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                guard number <= 255 else { return nil }
            case UInt8(ascii: "."):
                guard digits > 0, dots < 3 else { return nil }
                value = value << 8 | number
                (number, digits) = (0, 0)
                dots += 1
            default: return nil
            }
        }
        guard dots == 3, digits > 0 else { return nil }
        rawValue = value << 8 | number
    }

    public static let any = IPv4Address(rawValue: 0)
    public static let broadcast = IPv4Address(rawValue: 0xFFFF_FFFF)

    public var octets: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> (24 - 8 * UInt32($0))) } }
    public var isMulticast: Bool { rawValue >> 28 == 0xE }
    public var isLoopback: Bool { rawValue >> 24 == 127 }

    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.rawValue < right.rawValue }
}

extension IPv4Address: CustomStringConvertible {
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(15)
        for shift in [24, 16, 8, 0] as [UInt32] {
            let octet = UInt8(truncatingIfNeeded: rawValue >> shift)
            if octet >= 100 { text.append(UInt8(ascii: "0") + octet / 100) }
            if octet >= 10 { text.append(UInt8(ascii: "0") + octet / 10 % 10) }
            text.append(UInt8(ascii: "0") + octet % 10)
            if shift > 0 { text.append(UInt8(ascii: ".")) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension IPv4Address: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder, IPv4Address.init) }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}

/// An IPv4 address together with the length of its network's prefix: `10.1.2.3/16`.
public struct IPv4Network: Hashable, Sendable {
    /// The address as given; its host bits may be set.
    public let address: IPv4Address
    /// 0 to 32.
    public let prefixLength: Int

    public init?(_ address: IPv4Address, prefixLength: Int) {
        guard (0...32).contains(prefixLength) else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// From an address and a mask such as 255.255.0.0; nil when the mask has a hole.
    public init?(_ address: IPv4Address, mask: IPv4Address) {
        let length = (~mask.rawValue).leadingZeroBitCount
        guard mask.rawValue == IPv4Network.mask(length) else { return nil }
        self.init(address, prefixLength: length)
    }

    /// Reads `10.1.2.3/16`.
    public init?(_ text: some StringProtocol) {
        let octets = text.utf8
        guard let slash = octets.firstIndex(of: UInt8(ascii: "/")), let address = IPv4Address(text[..<slash]) else {
            return nil
        }
        let digits = octets[octets.index(after: slash)...]
        guard digits.count <= 2, digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let length = Int(text[octets.index(after: slash)...])
        else { return nil }
        self.init(address, prefixLength: length)
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~UInt32(0) << UInt32(32 - length) }

    public var mask: IPv4Address { IPv4Address(rawValue: IPv4Network.mask(prefixLength)) }
    public var first: IPv4Address { IPv4Address(rawValue: address.rawValue & mask.rawValue) }
    public var broadcast: IPv4Address { IPv4Address(rawValue: address.rawValue | ~mask.rawValue) }

    public func contains(_ other: IPv4Address) -> Bool { other.rawValue & mask.rawValue == first.rawValue }
}

extension IPv4Network: CustomStringConvertible {
    public var description: String { "\(address)/\(prefixLength)" }
}

extension IPv4Network: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder, IPv4Network.init) }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}
