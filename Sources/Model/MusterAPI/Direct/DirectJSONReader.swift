/// Reads JSON of known form (RFC 8259). What is unusual but allowed, such as a number with an exponent, is a fault here
/// and left to the slower decoder.
package struct DirectJSONReader {
    private let bytes: [UInt8]
    private var offset = 0

    /// How deep a value that is passed over may be nested.
    private static let depthLimit = 64

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Calls `body` for each member with its key; `body` reads or skips the value.
    package mutating func object(
        _ body: (inout DirectJSONReader, _ key: String) throws(DirectJSONFault) -> Void
    ) throws(DirectJSONFault) {
        try expect(UInt8(ascii: "{"))
        if accept(UInt8(ascii: "}")) { return }
        repeat {
            let key = try string()
            try expect(UInt8(ascii: ":"))
            try body(&self, key)
        } while accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    package mutating func array<Element>(
        _ element: (inout DirectJSONReader) throws(DirectJSONFault) -> Element
    ) throws(DirectJSONFault) -> [Element] {
        var list: [Element] = []
        try expect(UInt8(ascii: "["))
        if accept(UInt8(ascii: "]")) { return list }
        repeat { list.append(try element(&self)) } while accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        return list
    }

    package mutating func string() throws(DirectJSONFault) -> String {
        try expect(UInt8(ascii: "\""))
        let start = offset
        var seen: UInt8 = 0
        while offset < bytes.count {
            seen |= bytes[offset]
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                let content = bytes[start..<offset - 1]
                if seen < 0x80 { return String(decoding: content, as: UTF8.self) }
                guard let text = String(validating: content, as: UTF8.self) else { throw DirectJSONFault() }
                return text
            case UInt8(ascii: "\\"):
                offset = start
                return try escapedString()
            case ..<0x20: throw DirectJSONFault()
            default: offset += 1
            }
        }
        throw DirectJSONFault()
    }

    package mutating func integer() throws(DirectJSONFault) -> Int64 {
        skipBlanks()
        let isNegative = accept(UInt8(ascii: "-"))
        let start = offset
        var value: Int64 = 0
        while offset < bytes.count, bytes[offset] >= UInt8(ascii: "0"), bytes[offset] <= UInt8(ascii: "9") {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = product.addingReportingOverflow(Int64(bytes[offset] - UInt8(ascii: "0")))
            guard !isTooLarge, !overflows else { throw DirectJSONFault() }
            value = sum
            offset += 1
        }
        guard offset > start else { throw DirectJSONFault() }
        if offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): throw DirectJSONFault()
            default: break
            }
        }
        return isNegative ? -value : value
    }

    package mutating func bool() throws(DirectJSONFault) -> Bool {
        if accept(word: "true") { return true }
        guard accept(word: "false") else { throw DirectJSONFault() }
        return false
    }

    /// A value that stands in JSON as its text.
    package mutating func text<Value>(_ parse: (String) -> Value?) throws(DirectJSONFault) -> Value {
        guard let value = parse(try string()) else { throw DirectJSONFault() }
        return value
    }

    /// nil for `null`.
    package mutating func optional<Value>(
        _ read: (inout DirectJSONReader) throws(DirectJSONFault) -> Value
    ) throws(DirectJSONFault) -> Value? {
        accept(word: "null") ? nil : try read(&self)
    }

    /// Passes over one value of any kind.
    package mutating func skip(depth: Int = 0) throws(DirectJSONFault) {
        guard depth < Self.depthLimit else { throw DirectJSONFault() }
        skipBlanks()
        guard offset < bytes.count else { throw DirectJSONFault() }
        switch bytes[offset] {
        case UInt8(ascii: "{"): try object { (reader, _) throws(DirectJSONFault) in try reader.skip(depth: depth + 1) }
        case UInt8(ascii: "["):
            _ = try array { (reader) throws(DirectJSONFault) in try reader.skip(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try bool()
        case UInt8(ascii: "n"): guard accept(word: "null") else { throw DirectJSONFault() }
        default: _ = try integer()
        }
    }

    /// Nothing but blanks may follow.
    package mutating func end() throws(DirectJSONFault) {
        skipBlanks()
        guard offset == bytes.count else { throw DirectJSONFault() }
    }
}

extension DirectJSONReader {
    private mutating func skipBlanks() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        if offset < bytes.count, bytes[offset] == byte {
            offset += 1
            return true
        }
        skipBlanks()
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(DirectJSONFault) {
        guard accept(byte) else { throw DirectJSONFault() }
    }

    private mutating func accept(word: StaticString) -> Bool {
        skipBlanks()
        let count = word.utf8CodeUnitCount
        guard bytes.count - offset >= count else { return false }
        let isEqual = word.withUTF8Buffer { bytes[offset..<offset + count].elementsEqual($0) }
        if isEqual { offset += count }
        return isEqual
    }

    /// A string with escapes, from its first octet.
    private mutating func escapedString() throws(DirectJSONFault) -> String {
        var units: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: units, as: UTF8.self) else { throw DirectJSONFault() }
                return text
            case UInt8(ascii: "\\"): try units.append(contentsOf: escape())
            case ..<0x20: throw DirectJSONFault()
            default: units.append(byte)
            }
        }
        throw DirectJSONFault()
    }

    private mutating func escape() throws(DirectJSONFault) -> [UInt8] {
        guard offset < bytes.count else { throw DirectJSONFault() }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            // Halves of surrogate pairs are rare enough for the slower decoder.
            guard let scalar = Unicode.Scalar(try hexadecimal()) else { throw DirectJSONFault() }
            return Array(String(scalar).utf8)
        default: throw DirectJSONFault()
        }
    }

    private mutating func hexadecimal() throws(DirectJSONFault) -> UInt32 {
        guard bytes.count - offset >= 4 else { throw DirectJSONFault() }
        var value: UInt32 = 0
        for byte in bytes[offset..<offset + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw DirectJSONFault()
            }
            value = value << 4 | UInt32(digit)
        }
        offset += 4
        return value
    }
}
