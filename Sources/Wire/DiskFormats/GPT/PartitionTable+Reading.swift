import MusterBase

extension PartitionTable {
    /// What was found on a disk.
    public struct Found: Hashable, Sendable {
        public var table: PartitionTable
        /// Why the first table could not be taken, when the second at the end of the disk was. The disk wants its table
        /// written anew then.
        public var damage: String?
        /// False when block 0 holds no protective record: the disk may have been partitioned by another program since.
        public var hasProtectiveRecord: Bool
    }

    /// Reads the table of a disk, the second one when the first is damaged.
    ///
    /// - Parameters:
    ///   - blockCount: blocks of the whole disk.
    ///   - read: gives that many octets from an offset in octets; what it gives less counts as the end of the disk.
    /// - Throws: ``MusterError`` `notFound` for a disk without such a table, `malformed` when both tables are damaged, and
    ///   what `read` throws. No content of the disk makes it trap.
    public static func read(
        blockSize: Int, blockCount: UInt64, _ read: (_ offset: UInt64, _ count: Int) throws -> [UInt8]
    ) throws -> Found {
        try check(blockSize: blockSize, blockCount: blockCount)
        let missing = MusterError(.notFound, "the disk has no partition table")
        guard blockCount > 2 else { throw missing }
        let isProtected = ProtectiveRecord.isProtective(try read(0, blockSize))
        do {
            let table = try table(at: 1, blockSize, blockCount, read)
            return Found(table: table, hasProtectiveRecord: isProtected)
        } catch let first as MusterError where [.notFound, .malformed].contains(first.code) {
            do {
                let table = try table(at: blockCount - 1, blockSize, blockCount, read)
                return Found(table: table, damage: first.description, hasProtectiveRecord: isProtected)
            } catch let second as MusterError where second.code == .notFound || second.code == .malformed {
                throw [first, second].first { $0.code == .malformed } ?? missing
            }
        }
    }

    private static func table(
        at place: UInt64, _ blockSize: Int, _ blockCount: UInt64, _ read: (UInt64, Int) throws -> [UInt8]
    ) throws -> PartitionTable {
        let size = UInt64(blockSize)
        let header = try PartitionTableHeader.decode(try read(place * size, blockSize), at: place)
        let length = header.entriesLength
        func damaged(_ what: String) -> MusterError {
            MusterError(.malformed, "the partition table at block \(place) is damaged: \(what)")
        }
        guard header.firstUsableBlock <= header.lastUsableBlock, header.lastUsableBlock < blockCount,
            header.entriesBlock < blockCount, (length + size - 1) / size <= blockCount - header.entriesBlock
        else { throw damaged("it is of a larger disk") }
        let entries = try read(header.entriesBlock * size, Int(length))
        guard entries.count == Int(length), CRC32.sum(entries) == header.entriesSum else {
            throw damaged("the check sum of its entries is wrong")
        }
        var partitions: [Partition] = []
        let step = Int(header.entryLength)
        for index in 0..<Int(header.entryCount) {
            let entry = entries[index * step..<(index + 1) * step]
            if let partition = try Partition.decode(entry, number: index + 1) { partitions.append(partition) }
        }
        let table = PartitionTable(
            header: header, blockSize: blockSize, blockCount: blockCount, partitions: partitions)
        if let problem = table.problem(within: table.usableBlocks, entryCount: Int(header.entryCount)) {
            throw damaged(problem)
        }
        return table
    }
}
