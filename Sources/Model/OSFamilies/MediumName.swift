/// What media are called: lower-case letters, digits, `.`, `_`, `+` and `-`; 100 at most, a letter or digit first.
public enum MediumName {
    public static let rule = "lower-case letters, digits, '.', '_', '+' and '-', at most 100, a letter or digit first"

    public static func isValid(_ name: some StringProtocol) -> Bool {
        guard (1...100).contains(name.utf8.count), let first = name.utf8.first, isAlphanumeric(first) else {
            return false
        }
        return name.utf8.allSatisfy { isAlphanumeric($0) || ".+_-".utf8.contains($0) }
    }

    /// A valid name of parts that come from a medium; absent ones are left out.
    static func of(_ parts: String?...) -> String {
        var name: [UInt8] = []
        for part in parts.compactMap({ $0 }) where !part.isEmpty {
            if !name.isEmpty { name.append(UInt8(ascii: "-")) }
            name += part.lowercased().utf8.map {
                isAlphanumeric($0) || ".+_-".utf8.contains($0) ? $0 : UInt8(ascii: "-")
            }
        }
        let cut = name.drop { !isAlphanumeric($0) }.prefix(100)
        return cut.isEmpty ? "medium" : String(decoding: cut, as: UTF8.self)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
