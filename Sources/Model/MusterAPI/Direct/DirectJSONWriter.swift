/// Writes JSON as `JSONEncoder` does with slashes unescaped.
package struct DirectJSONWriter {
    package private(set) var bytes: [UInt8] = []
    /// True for a line a value, two blanks a level.
    private let isPretty: Bool
    private var level = 0
    /// What stands before the next value or key.
    private var position = Position.start

    private enum Position {
        /// Nothing, or a key whose value this is.
        case start
        /// The first of its object or array.
        case first
        case later
    }

    package init(pretty: Bool) {
        isPretty = pretty
        bytes.reserveCapacity(512)
    }

    /// - Parameter body: Writes keys and values, the keys in ascending order.
    package mutating func object(_ body: (inout DirectJSONWriter) -> Void) { enclosed("{", "}", body) }

    package mutating func array<Element>(_ elements: [Element], _ body: (inout DirectJSONWriter, Element) -> Void) {
        enclosed("[", "]") { writer in
            for element in elements { body(&writer, element) }
        }
    }

    private mutating func enclosed(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout DirectJSONWriter) -> Void
    ) {
        separate()
        bytes.append(UInt8(ascii: open))
        position = .first
        level += 1
        body(&self)
        level -= 1
        // JSONEncoder gives what is empty a line of its own.
        if isPretty, position == .first { bytes.append(UInt8(ascii: "\n")) }
        breakLine()
        bytes.append(UInt8(ascii: close))
        position = .later
    }

    /// Writes a key; its value has to follow. A key needs no escaping.
    package mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        if isPretty { bytes.append(contentsOf: " : ".utf8) } else { bytes.append(UInt8(ascii: ":")) }
        position = .start
    }

    package mutating func value(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { octets in
            let isPlain = octets.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            if isPlain {
                bytes.append(contentsOf: octets)
            } else {
                for octet in octets { escape(octet) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
        position = .later
    }

    package mutating func value(_ number: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
        position = .later
    }

    package mutating func value(_ truth: Bool) {
        separate()
        bytes.append(contentsOf: (truth ? "true" : "false").utf8)
        position = .later
    }

    private mutating func separate() {
        if position == .later { bytes.append(UInt8(ascii: ",")) }
        if position != .start { breakLine() }
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<level { bytes.append(contentsOf: "  ".utf8) }
    }

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
    package mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        value(text)
    }

    package mutating func member(_ name: StaticString, _ number: (some BinaryInteger)?) {
        guard let number else { return }
        key(name)
        value(number)
    }

    package mutating func member(_ name: StaticString, _ truth: Bool) {
        key(name)
        value(truth)
    }

    /// A value that stands in JSON as its text.
    package mutating func member(_ name: StaticString, text described: (some CustomStringConvertible)?) {
        guard let described else { return }
        key(name)
        value(described.description)
    }
}
