import MusterBase

/// Path and query of a request for the API.
struct APITarget {
    /// Of the path, each percent-decoded.
    let segments: [String]
    let queryItems: [(name: String, value: String)]

    var path: String { "/" + segments.joined(separator: "/") }

    /// Nil when it is not a path or an escape in it is not one.
    init?(_ target: String) {
        let bytes = Array(target.utf8)
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        var segments: [String] = []
        for segment in parts[0].split(separator: UInt8(ascii: "/")) {
            guard let text = APITarget.decode(segment, plusIsSpace: false) else { return nil }
            segments.append(text)
        }
        self.segments = segments
        var items: [(name: String, value: String)] = []
        for item in parts.count > 1 ? parts[1].split(separator: UInt8(ascii: "&")) : [] {
            let pair = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = APITarget.decode(pair[0], plusIsSpace: true),
                let value = pair.count > 1 ? APITarget.decode(pair[1], plusIsSpace: true) : ""
            else { return nil }
            items.append((name, value))
        }
        queryItems = items
    }

    private static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.endIndex, let high = hexDigitValue(bytes[index + 1]),
                    let low = hexDigitValue(bytes[index + 2]), high << 4 | low != 0
                else { return nil }
                decoded.append(high << 4 | low)
                index += 3
            case UInt8(ascii: "+") where plusIsSpace:
                decoded.append(UInt8(ascii: " "))
                index += 1
            case let byte:
                decoded.append(byte)
                index += 1
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
