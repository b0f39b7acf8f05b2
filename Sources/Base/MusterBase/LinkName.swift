/// The name of a network link in the operating system, such as `eno1` or `bond0`.
public struct LinkName: Hashable, Sendable, Comparable {
    public let text: String

    /// What the kernel takes (dev_valid_name: at most 15 octets, no slash), and no more than letters, digits, `.`, `_` and
    /// `-`, so that it can stand in any file; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let isReserved = ["lo", "all", "default"].contains(String(text))
        guard (1...15).contains(text.utf8.count), !isReserved, let first = text.utf8.first, Self.isPlain(first),
            text.utf8.allSatisfy({ Self.isPlain($0) || [0x2D, 0x2E, 0x5F].contains($0) })
        else { return nil }
        self.text = String(text)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    public static func < (left: LinkName, right: LinkName) -> Bool { left.text < right.text }
}

extension LinkName: CustomStringConvertible {
    public var description: String { text }
}

extension LinkName: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder) { LinkName($0) } }
    public func encode(to encoder: any Encoder) throws { try encodeText(text, to: encoder) }
}
