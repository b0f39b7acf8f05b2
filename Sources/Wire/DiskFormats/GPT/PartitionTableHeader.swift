import MusterBase

/// The header of a partition table, of which a disk has two (UEFI 2.10, table 5.5).
struct PartitionTableHeader: Hashable {
    /// The block that this header is in, and the one of the other header.
    var ownBlock: UInt64
    var otherBlock: UInt64
    var firstUsableBlock: UInt64
    var lastUsableBlock: UInt64
    var disk: DiskGUID
    var entriesBlock: UInt64
    var entryCount: UInt32
    var entryLength: UInt32
    var entriesSum: UInt32

    static let signature = Array("EFI PART".utf8)
    static let revision: UInt32 = 0x0001_0000
    static let length = 92
    /// Space that every table keeps for its entries (UEFI 2.10, 5.3.1).
    static let leastEntriesLength = 16384
    /// No honest table has more; it keeps a hostile one from being read into memory.
    static let longestEntries: UInt64 = 4 << 20

    var entriesLength: UInt64 { UInt64(entryCount) * UInt64(entryLength) }

    func encode() -> [UInt8] {
        let plain = encode(sum: 0)
        return encode(sum: CRC32.sum(plain))
    }

    private func encode(sum: UInt32) -> [UInt8] {
        var writer = ByteWriter(reserving: Self.length)
        writer.write(Self.signature)
        writer.writeLittle(Self.revision)
        writer.writeLittle(UInt32(Self.length))
        writer.writeLittle(sum)
        writer.writeLittle(UInt32(0))
        for block in [ownBlock, otherBlock, firstUsableBlock, lastUsableBlock] { writer.writeLittle(block) }
        writer.write(disk.diskOctets)
        writer.writeLittle(entriesBlock)
        writer.writeLittle(entryCount)
        writer.writeLittle(entryLength)
        writer.writeLittle(entriesSum)
        return writer.bytes
    }

    /// Reads the header in a block.
    ///
    /// - Parameter place: the number of the block, which the header has to know, too.
    /// - Throws: ``MusterError`` `notFound` when there is none, `malformed` when it is damaged.
    static func decode(_ block: [UInt8], at place: UInt64) throws(MusterError) -> PartitionTableHeader {
        var reader = ByteReader(block, of: "header of a partition table")
        guard try reader.read(8).elementsEqual(signature) else {
            throw MusterError(.notFound, "there is no partition table at block \(place)")
        }
        try reader.skip(4)
        let length: UInt32 = try reader.readLittle()
        let sum: UInt32 = try reader.readLittle()
        try reader.skip(4)
        guard length >= Self.length, length <= block.count else {
            throw damaged(place, "it says that it has \(length) octets")
        }
        var unsummed = Array(block.prefix(Int(length)))
        unsummed.replaceSubrange(16..<20, with: [0, 0, 0, 0])
        guard CRC32.sum(unsummed) == sum else { throw damaged(place, "its check sum is wrong") }
        let header = PartitionTableHeader(
            ownBlock: try reader.readLittle(), otherBlock: try reader.readLittle(),
            firstUsableBlock: try reader.readLittle(), lastUsableBlock: try reader.readLittle(),
            disk: try reader.readGUID(), entriesBlock: try reader.readLittle(), entryCount: try reader.readLittle(),
            entryLength: try reader.readLittle(), entriesSum: try reader.readLittle())
        guard header.ownBlock == place else { throw damaged(place, "it belongs to block \(header.ownBlock)") }
        // 128 times a power of two.
        guard header.entryLength >= UInt32(Partition.entryLength), header.entryLength.nonzeroBitCount == 1,
            header.entriesLength <= longestEntries
        else { throw damaged(place, "\(header.entryCount) entries of \(header.entryLength) octets") }
        return header
    }

    private static func damaged(_ place: UInt64, _ what: String) -> MusterError {
        MusterError(.malformed, "the partition table at block \(place) is damaged: \(what)")
    }
}
