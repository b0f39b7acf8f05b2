/// A SHA-256 digest that names content. Text form: `sha256:` and 64 lower-case hexadecimal digits.
public struct ContentDigest: Hashable, Sendable {
    /// 32 octets.
    public let octets: [UInt8]

    public init?(octets: some Sequence<UInt8>) {
        let bytes = Array(octets)
        guard bytes.count == 32 else { return nil }
        self.octets = bytes
    }

    /// Reads `sha256:` and 64 hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard text.hasPrefix("sha256:"), let bytes = hexBytes(text.dropFirst(7)) else { return nil }
        self.init(octets: bytes)
    }

    /// The 64 digits alone, as used in file names.
    public var hex: String { hexText(octets) }
}

extension ContentDigest: CustomStringConvertible {
    public var description: String { "sha256:\(hex)" }
}

extension ContentDigest: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder, ContentDigest.init) }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}
