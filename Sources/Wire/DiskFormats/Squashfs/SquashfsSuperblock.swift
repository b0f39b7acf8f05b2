import MusterBase

/// The first 96 octets of a file system.
struct SquashfsSuperblock {
    var inodeCount: UInt32 = 0
    var time: UInt32 = 0
    var blockSize: UInt32 = 0
    var fragmentCount: UInt32 = 0
    var compression: UInt16 = 0
    var flags: UInt16 = 0
    var identifierCount: UInt16 = 0
    var rootInode: UInt64 = 0
    var octetsUsed: UInt64 = 0
    var identifierTable: UInt64 = 0
    var attributeTable = SquashfsFormat.noTable
    var inodeTable: UInt64 = 0
    var directoryTable: UInt64 = 0
    var fragmentTable = SquashfsFormat.noTable
    var exportTable = SquashfsFormat.noTable

    func encode() -> [UInt8] {
        var writer = ByteWriter(reserving: SquashfsFormat.superblockLength)
        writer.writeLittle(SquashfsFormat.magic)
        writer.writeLittle(inodeCount)
        writer.writeLittle(time)
        writer.writeLittle(blockSize)
        writer.writeLittle(fragmentCount)
        writer.writeLittle(compression)
        writer.writeLittle(UInt16(truncatingIfNeeded: blockSize.trailingZeroBitCount))
        writer.writeLittle(flags)
        writer.writeLittle(identifierCount)
        writer.writeLittle(UInt16(4))
        writer.writeLittle(UInt16(0))
        let places = [
            rootInode, octetsUsed, identifierTable, attributeTable, inodeTable, directoryTable, fragmentTable,
            exportTable,
        ]
        for place in places { writer.writeLittle(place) }
        return writer.bytes
    }
}
