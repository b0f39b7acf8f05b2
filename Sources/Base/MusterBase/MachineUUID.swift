/// The SMBIOS UUID of a machine.
public struct MachineUUID: Hashable, Sendable, Comparable {
    /// The sixteen octets in the order of the text form (RFC 9562, section 4).
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// From sixteen octets in the order of the text form.
    public init?(octets: some Collection<UInt8>) {
        guard octets.count == 16 else { return nil }
        high = octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = octets.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// From sixteen octets as SMBIOS stores them and PXE sends them in DHCP option 97: the first three fields are
    /// little-endian (SMBIOS 3.7, 7.2.1; RFC 4578, section 2.3).
    public init?(smbiosOctets octets: some Collection<UInt8>) {
        guard octets.count == 16 else { return nil }
        let raw = Array(octets)
        self.init(octets: [3, 2, 1, 0, 5, 4, 7, 6].map { raw[$0] } + raw[8...])
    }

    /// Reads `8-4-4-4-12` hexadecimal digits in either case; also 32 digits without hyphens.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 || bytes.count == 32 else { return nil }
        var octets: [UInt8] = []
        var half: UInt8?
        for (index, byte) in bytes.enumerated() {
            if bytes.count == 36, [8, 13, 18, 23].contains(index) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = hexDigitValue(byte) else { return nil }
            if let upper = half {
                octets.append(upper << 4 | digit)
                half = nil
            } else {
                half = digit
            }
        }
        self.init(octets: octets)
    }

    public var octets: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) } }
    }

    /// The octets as SMBIOS and DHCP option 97 order them.
    public var smbiosOctets: [UInt8] {
        let raw = octets
        return [3, 2, 1, 0, 5, 4, 7, 6].map { raw[$0] } + raw[8...]
    }

    /// False for the values that vendors leave in place of a real one: all zeros and all ones.
    public var isUsable: Bool { !(high == 0 && low == 0) && !(high == .max && low == .max) }

    public static func < (left: MachineUUID, right: MachineUUID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension MachineUUID: CustomStringConvertible {
    /// Lower case, 8-4-4-4-12.
    public var description: String {
        let text = octets.map { hexText($0) }
        return [text[0..<4], text[4..<6], text[6..<8], text[8..<10], text[10..<16]]
            .map { $0.joined() }.joined(separator: "-")
    }
}

extension MachineUUID: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder, MachineUUID.init) }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}
