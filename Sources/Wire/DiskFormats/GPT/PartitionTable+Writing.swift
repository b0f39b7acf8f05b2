import MusterBase

extension PartitionTable {
    /// Octets, and where on the disk they go.
    public struct Region: Hashable, Sendable {
        /// In octets.
        public var offset: UInt64
        public var octets: [UInt8]
    }

    /// What has to be written to the disk: the beginning, with protective record and first table, and the second table at
    /// the end. Blocks that these tables do not use are not touched.
    ///
    /// - Parameter bootCode: for firmware without UEFI, at most 440 octets; zeros when left out.
    /// - Throws: ``MusterError`` `invalidInput` when the partitions are not as ``check()`` wants them.
    public func regions(bootCode: [UInt8] = []) throws(MusterError) -> [Region] {
        try check()
        let usable = try Self.usableBlocks(blockSize: blockSize, blockCount: blockCount)
        let entries = try encodedEntries()
        let blocks = UInt64(entries.count / blockSize)
        let last = blockCount - 1
        let sum = CRC32.sum(entries.prefix(Self.entryCount * Partition.entryLength))
        let first = header(own: 1, other: last, entries: 2, usable, sum)
        let second = header(own: last, other: 1, entries: last - blocks, usable, sum)
        let record = try ProtectiveRecord.encode(bootCode: bootCode, blockCount: blockCount)
        return [
            Region(offset: 0, octets: block(record) + block(first.encode()) + entries),
            Region(offset: (last - blocks) * UInt64(blockSize), octets: entries + block(second.encode())),
        ]
    }

    private func encodedEntries() throws(MusterError) -> [UInt8] {
        let length = Partition.entryLength
        var octets = [UInt8](repeating: 0, count: Int(Self.entryBlocks(blockSize)) * blockSize)
        for partition in partitions {
            let start = (partition.number - 1) * length
            octets.replaceSubrange(start..<start + length, with: try partition.encode())
        }
        return octets
    }

    private func header(
        own: UInt64, other: UInt64, entries: UInt64, _ usable: ClosedRange<UInt64>, _ sum: UInt32
    ) -> PartitionTableHeader {
        PartitionTableHeader(
            ownBlock: own, otherBlock: other, firstUsableBlock: usable.lowerBound,
            lastUsableBlock: usable.upperBound, disk: disk, entriesBlock: entries,
            entryCount: UInt32(Self.entryCount), entryLength: UInt32(Partition.entryLength), entriesSum: sum)
    }

    private func block(_ octets: [UInt8]) -> [UInt8] {
        octets + [UInt8](repeating: 0, count: max(0, blockSize - octets.count))
    }
}
