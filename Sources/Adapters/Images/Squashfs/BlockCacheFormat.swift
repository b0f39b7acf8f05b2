import MusterBase

/// The layout of a file of compressed blocks. Numbers are big-endian.
///
///     head      16 octets of magic, version, compression level, libzstd's version, a zero: 32 octets
///     blocks    the compressed octets, one behind the other
///     index     for each block, sorted by key: key, offset, length (0: stored as it is), a zero, sum: 56 octets
///     tail      offset of the index, number of blocks, sum of the index, magic: 32 octets
enum BlockCacheFormat {
    static let magic = Array("muster blocks 1\n".utf8)
    static let tailMagic: UInt64 = 0x6D62_6C6F_636B_7331
    static let headLength = 32
    static let entryLength = 56
    static let tailLength = 32
    static let version: UInt32 = 1

    struct Entry: Sendable {
        let key: BlockKey
        let offset: UInt64
        /// 0 for a block that compressing does not make shorter.
        let length: UInt32
        let sum: UInt64
    }

    static func head(level: Int) -> [UInt8] {
        var writer = ByteWriter(reserving: headLength)
        writer.write(magic)
        for number in [version, UInt32(clamping: level), ZstandardCompressor.libraryVersion, 0] {
            writer.writeInteger(number)
        }
        return writer.bytes
    }

    /// Index and tail.
    static func end(_ entries: [Entry], at offset: UInt64) -> [UInt8] {
        var writer = ByteWriter(reserving: entries.count * entryLength + tailLength)
        for entry in entries.sorted(by: { $0.key < $1.key }) {
            writer.write(entry.key.octets)
            writer.writeInteger(entry.offset)
            writer.writeInteger(entry.length)
            writer.writeInteger(UInt32(0))
            writer.writeInteger(entry.sum)
        }
        let sum = BlockSum.of(writer.bytes, seed: 0)
        for number in [offset, UInt64(entries.count), sum, tailMagic] { writer.writeInteger(number) }
        return writer.bytes
    }

    /// The entries of an index, when each lies before `limit` and they are sorted.
    static func entries(_ index: [UInt8], before limit: UInt64) throws -> [Entry] {
        var reader = ByteReader(index, of: "a file of compressed blocks")
        var entries: [Entry] = []
        entries.reserveCapacity(index.count / entryLength)
        while !reader.isAtEnd {
            let wrong = MusterError(.malformed, "the index of a file of compressed blocks is not in order")
            guard let key = BlockKey(Array(try reader.read(BlockKey.length)), at: 0) else { throw wrong }
            let offset: UInt64 = try reader.readInteger()
            let length: UInt32 = try reader.readInteger()
            try reader.skip(4)
            let sum: UInt64 = try reader.readInteger()
            guard offset >= UInt64(headLength), offset <= limit, UInt64(length) <= limit - offset,
                entries.last.map({ $0.key < key }) ?? true
            else { throw wrong }
            entries.append(Entry(key: key, offset: offset, length: length, sum: sum))
        }
        return entries
    }
}
