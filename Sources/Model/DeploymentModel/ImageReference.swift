import MusterBase

/// A version of an image: `debian-12@7`.
public struct ImageReference: Hashable, Sendable, Codable {
    /// Lower-case letters, digits, `.`, `_` and `-`, beginning with a letter or digit; at most 64.
    public let name: String
    /// From 1.
    public let version: Int

    public init?(name: some StringProtocol, version: Int) {
        guard ImageReference.isValidName(name), version >= 1 else { return nil }
        self.name = String(name)
        self.version = version
    }

    /// That of a manifest, whose name and version were looked at when it was read.
    init(of manifest: ImageManifest) {
        name = manifest.name
        version = manifest.version
    }

    /// Reads `NAME@VERSION`.
    public init?(_ text: some StringProtocol) {
        guard let at = text.lastIndex(of: "@"), let version = Int(text[text.index(after: at)...]),
            // In one form only: no sign, no zeros in front.
            String(version) == text[text.index(after: at)...]
        else { return nil }
        self.init(name: text[..<at], version: version)
    }

    /// Whether a text can name an image or a profile. It stands in paths and URLs, so nothing there needs quoting.
    public static func isValidName(_ name: some StringProtocol) -> Bool {
        let bytes = Array(name.utf8)
        // The directory beside the images that holds the chunks of all of them.
        guard name != "chunks" else { return false }
        guard (1...64).contains(bytes.count), bytes[0] != UInt8(ascii: "."), bytes[0] != UInt8(ascii: "-") else {
            return false
        }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder) { ImageReference($0) } }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}

extension ImageReference: CustomStringConvertible {
    public var description: String { "\(name)@\(version)" }
}
