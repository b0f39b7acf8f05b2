import MusterBase

/// What stands around the contents in a tar archive that is written.
public enum TarWriting {
    /// Behind the last entry.
    public static let end = [UInt8](repeating: 0, count: 2 * TarHeader.length)

    /// The blocks before an entry's content: its header, and an extended one before it for what a plain header has no room
    /// for.
    ///
    /// - Parameter attributes: extended attributes, as the records that carry them.
    public static func head(
        _ header: TarHeader, attributes: [TarRecords.Record] = []
    ) throws(MusterError) -> [UInt8] {
        var plain = header
        var records = attributes
        if header.path.utf8.count > 100 {
            records.append(.init(key: "path", value: Array(header.path.utf8)))
            plain.path = shortened(header.path)
        }
        if header.linkTarget.utf8.count > 100 {
            records.append(.init(key: "linkpath", value: Array(header.linkTarget.utf8)))
            plain.linkTarget = shortened(header.linkTarget)
        }
        func keep(_ field: WritableKeyPath<TarHeader, UInt64>, _ key: String, below limit: UInt64) {
            guard header[keyPath: field] >= limit else { return }
            records.append(.init(key: key, value: Array(String(header[keyPath: field]).utf8)))
            plain[keyPath: field] = 0
        }
        keep(\.owner, "uid", below: 1 << 21)
        keep(\.group, "gid", below: 1 << 21)
        keep(\.size, "size", below: 1 << 33)
        guard !records.isEmpty else { return try plain.encode() }
        let content = TarRecords.encode(records)
        let extended = TarHeader(
            path: "././@PaxHeader", permissions: 0o644, size: UInt64(content.count),
            modificationTime: header.modificationTime, kind: .extended)
        return try extended.encode() + content + padding(UInt64(content.count)) + plain.encode()
    }

    /// What fills a content of so many octets up to a whole block.
    public static func padding(_ size: UInt64) -> [UInt8] {
        let over = Int(size % UInt64(TarHeader.length))
        return over == 0 ? [] : [UInt8](repeating: 0, count: TarHeader.length - over)
    }

    /// An entry with its content.
    public static func entry(
        _ header: TarHeader, _ content: [UInt8] = [], attributes: [TarRecords.Record] = []
    ) throws(MusterError) -> [UInt8] {
        var header = header
        header.size = UInt64(content.count)
        return try head(header, attributes: attributes) + content + padding(header.size)
    }

    /// At most 100 octets, for readers that know no extended headers.
    private static func shortened(_ text: String) -> String {
        String(decoding: Array(text.utf8.prefix(100)), as: UTF8.self).utf8.count <= 100
            ? String(decoding: Array(text.utf8.prefix(100)), as: UTF8.self) : "long"
    }
}
