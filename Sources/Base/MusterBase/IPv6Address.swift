/// An IPv6 address.
public struct IPv6Address: Hashable, Sendable {
    /// The first 64 bits, which name the network, and the last.
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads groups of hexadecimal digits, of which `::` may leave out some (RFC 4291, section 2.2, forms 1 and 2).
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        var gap: Int?
        for (index, part) in parts.enumerated() {
            guard part.isEmpty else {
                guard part.count <= 4, let group = Self.group(part) else { return nil }
                groups.append(group)
                continue
            }
            // At an end, two empty parts stand for one gap.
            if index == 0 || index == parts.count - 1 {
                guard parts.count > 2, parts[index == 0 ? 1 : index - 1].isEmpty else { return nil }
                continue
            }
            guard gap == nil else { return nil }
            gap = groups.count
        }
        guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        if let gap { groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap) }
        high = groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }
        low = groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
    }

    private static func group(_ digits: some Sequence<UInt8>) -> UInt16? {
        var value: UInt16 = 0
        for byte in digits {
            guard let digit = hexDigitValue(byte) else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    public var isMulticast: Bool { high >> 56 == 0xFF }
    public var isUnspecified: Bool { high == 0 && low == 0 }
    public var isLoopback: Bool { high == 0 && low == 1 }
    /// In fe80::/10.
    public var isLinkLocal: Bool { high >> 54 == 0x3FA }
}

extension IPv6Address: CustomStringConvertible {
    /// The one form of RFC 5952: lower case, without leading zeros, the first longest run of two or more zeros left out.
    public var description: String {
        let groups = [high, low].flatMap { half in
            [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> UInt64($0)) }
        }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start >= 2, end - start > best.count { best = start..<end }
            start = max(end, start + 1)
        }
        let texts = groups.map { String($0, radix: 16) }
        guard !best.isEmpty else { return texts.joined(separator: ":") }
        let parts = [texts[..<best.lowerBound], texts[best.upperBound...]].map { $0.joined(separator: ":") }
        return parts.joined(separator: "::")
    }
}

extension IPv6Address: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder) { IPv6Address($0) } }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}

/// An IPv6 address together with the length of its network's prefix: `fd00::7/64`.
public struct IPv6Network: Hashable, Sendable {
    /// The address as given; its host bits may be set.
    public let address: IPv6Address
    /// 0 to 128.
    public let prefixLength: Int

    public init?(_ address: IPv6Address, prefixLength: Int) {
        guard (0...128).contains(prefixLength) else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// Reads `fd00::7/64`; the length of the prefix without leading zeros.
    public init?(_ text: some StringProtocol) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")), let address = IPv6Address(text[..<slash]) else {
            return nil
        }
        let digits = text[text.utf8.index(after: slash)...]
        guard let length = Int(digits), String(length) == digits else { return nil }
        self.init(address, prefixLength: length)
    }
}

extension IPv6Network: CustomStringConvertible {
    public var description: String { "\(address)/\(prefixLength)" }
}

extension IPv6Network: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder) { IPv6Network($0) } }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}
