/// Writes JSON without blanks, as `JSONEncoder` does with slashes unescaped.
struct DirectJSONWriter {
    private(set) var bytes: [UInt8] = []
    /// True when something stands before the next key or element.
    private var needsComma = false

    init(reserving capacity: Int) { bytes.reserveCapacity(capacity) }

    /// - Parameter body: Writes keys and values, the keys in ascending order.
    mutating func object(_ body: (inout DirectJSONWriter) -> Void) { enclosed("{", "}", body) }

    mutating func array<Element>(_ elements: [Element], _ body: (inout DirectJSONWriter, Element) -> Void) {
        enclosed("[", "]") { writer in
            for element in elements { body(&writer, element) }
        }
    }

    private mutating func enclosed(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout DirectJSONWriter) -> Void
    ) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    /// Writes a key; its value has to follow. A key needs no escaping.
    mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func value(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { octets in
            let isPlain = octets.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            if isPlain { bytes.append(contentsOf: octets) } else { octets.forEach { escape($0) } }
        }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    mutating func value(_ number: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
        needsComma = true
    }

    mutating func value(_ truth: Bool) {
        separate()
        bytes.append(contentsOf: (truth ? "true" : "false").utf8)
        needsComma = true
    }

    private mutating func separate() { if needsComma { bytes.append(UInt8(ascii: ",")) } }

    /// RFC 8259, section 7; the short forms where there is one.
    private mutating func escape(_ octet: UInt8) {
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), octet]
        case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
        case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
        case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
        case 0x0C: bytes.append(contentsOf: #"\f"#.utf8)
        case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
        case ..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: #"\u00"#.utf8)
            bytes += [digits[Int(octet >> 4)], digits[Int(octet & 15)]]
        default: bytes.append(octet)
        }
    }
}

extension DirectJSONWriter {
    mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        value(text)
    }

    mutating func member(_ name: StaticString, _ number: (some BinaryInteger)?) {
        guard let number else { return }
        key(name)
        value(number)
    }

    mutating func member(_ name: StaticString, _ truth: Bool) {
        key(name)
        value(truth)
    }

    /// A value that stands in JSON as its text.
    mutating func member(_ name: StaticString, text described: (some CustomStringConvertible)?) {
        guard let described else { return }
        key(name)
        value(described.description)
    }
}
