/// One `name=value` of a query.
public struct QueryItem: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Path and query as they stand in a request line. Everything but unreserved characters (RFC 3986, section 2.3) and the
/// slashes of the path is percent-encoded.
public func requestTarget(_ path: String, query: [QueryItem] = []) -> String {
    let encodedPath = percentEncoded(path, keepingSlashes: true)
    guard !query.isEmpty else { return encodedPath }
    let items = query.map {
        percentEncoded($0.name, keepingSlashes: false) + "=" + percentEncoded($0.value, keepingSlashes: false)
    }
    return encodedPath + "?" + items.joined(separator: "&")
}

private func percentEncoded(_ text: String, keepingSlashes: Bool) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            bytes.append(byte)
        case UInt8(ascii: "/") where keepingSlashes: bytes.append(byte)
        default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
