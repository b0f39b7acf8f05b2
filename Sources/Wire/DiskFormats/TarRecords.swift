import MusterBase

/// The records of a POSIX extended header ("pax"): `LENGTH KEY=VALUE` and a line feed each, where the length counts the
/// whole record (POSIX.1-2017, pax, "pax Extended Header").
public enum TarRecords {
    public struct Record: Hashable, Sendable {
        public var key: String
        public var value: [UInt8]

        public init(key: String, value: [UInt8]) {
            self.key = key
            self.value = value
        }
    }

    /// Reads all records. Throws ``MusterError`` `malformed` when a length is not that of its record.
    public static func decode(_ bytes: [UInt8]) throws(MusterError) -> [Record] {
        var records: [Record] = []
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            let wrong = MusterError(.malformed, "tar archive: a record of an extended header is not well formed")
            guard let blank = rest.prefix(20).firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[rest.startIndex..<blank], as: UTF8.self)),
                length > blank - rest.startIndex, length <= rest.count
            else { throw wrong }
            let body = rest[(blank + 1)..<(rest.startIndex + length)]
            guard body.last == UInt8(ascii: "\n"), let equals = body.firstIndex(of: UInt8(ascii: "=")) else {
                throw wrong
            }
            records.append(
                Record(
                    key: String(decoding: body[..<equals], as: UTF8.self),
                    value: Array(body[(equals + 1)..<(body.endIndex - 1)])))
            rest = rest.dropFirst(length)
        }
        return records
    }

    public static func encode(_ records: [Record]) -> [UInt8] {
        records.flatMap { record -> [UInt8] in
            let body = Array(" \(record.key)=".utf8) + record.value + [UInt8(ascii: "\n")]
            // The length counts its own digits.
            var length = body.count + 1
            while String(length).utf8.count + body.count != length { length = String(length).utf8.count + body.count }
            return Array(String(length).utf8) + body
        }
    }
}
