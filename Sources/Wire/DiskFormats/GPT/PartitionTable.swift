import MusterBase

/// The partitions of a disk, as a GUID partition table (UEFI 2.10, chapter 5.3): values here, octets on the disk.
public struct PartitionTable: Hashable, Sendable {
    public var disk: DiskGUID
    /// Octets of a logical block: 512 or 4096 mostly; a power of two.
    public let blockSize: Int
    /// Blocks of the whole disk.
    public let blockCount: UInt64
    /// In the order of their numbers.
    public var partitions: [Partition]
    /// The blocks that partitions may lie in.
    public let usableBlocks: ClosedRange<UInt64>

    /// How many entries a table has that Muster writes, used or not.
    public static let entryCount = 128

    /// An empty table. Throws ``MusterError`` `invalidInput` for a block size that no disk has, `exhausted` for a disk that
    /// has no room beside the table.
    public init(disk: DiskGUID, blockSize: Int, blockCount: UInt64) throws(MusterError) {
        try Self.check(blockSize: blockSize, blockCount: blockCount)
        usableBlocks = try Self.usableBlocks(blockSize: blockSize, blockCount: blockCount)
        self.disk = disk
        self.blockSize = blockSize
        self.blockCount = blockCount
        partitions = []
    }

    init(header: PartitionTableHeader, blockSize: Int, blockCount: UInt64, partitions: [Partition]) {
        disk = header.disk
        self.blockSize = blockSize
        self.blockCount = blockCount
        self.partitions = partitions
        usableBlocks = header.firstUsableBlock...max(header.firstUsableBlock, header.lastUsableBlock)
    }

    /// The partition with that label, the first of several.
    public func partition(labelled label: String) -> Partition? { partitions.first { $0.label == label } }

    static func check(blockSize: Int, blockCount: UInt64) throws(MusterError) {
        guard (512...65536).contains(blockSize), blockSize.nonzeroBitCount == 1,
            blockCount <= UInt64(Int64.max) / UInt64(blockSize)
        else {
            throw MusterError(.invalidInput, "no disk has \(blockCount) blocks of \(blockSize) octets")
        }
    }

    /// Blocks that the entries take.
    static func entryBlocks(_ blockSize: Int) -> UInt64 {
        UInt64((entryCount * Partition.entryLength + blockSize - 1) / blockSize)
    }

    /// What is left beside two tables as Muster writes them.
    static func usableBlocks(blockSize: Int, blockCount: UInt64) throws(MusterError) -> ClosedRange<UInt64> {
        let blocks = entryBlocks(blockSize)
        guard blockCount > 2 * blocks + 3 else {
            throw MusterError(.exhausted, "a disk of \(blockCount) blocks has no room for a partition table")
        }
        return 2 + blocks...blockCount - blocks - 2
    }

    /// Throws ``MusterError`` `invalidInput` unless each partition lies within the disk and beside the tables, by itself,
    /// with a number and a GUID that no other has.
    public func check() throws(MusterError) {
        let usable = try Self.usableBlocks(blockSize: blockSize, blockCount: blockCount)
        if let problem = problem(within: usable, entryCount: Self.entryCount) {
            throw MusterError(.invalidInput, problem)
        }
    }

    /// What is wrong with the partitions; nil when nothing is.
    func problem(within usableBlocks: ClosedRange<UInt64>, entryCount: Int) -> String? {
        var numbers: Set<Int> = []
        var guids: Set<DiskGUID> = []
        for partition in partitions {
            let name = "partition \(partition.number)"
            guard (1...max(1, entryCount)).contains(partition.number), numbers.insert(partition.number).inserted else {
                return "\(name) has a number that another has, or that the table has no place for"
            }
            guard partition.type.guid != .unused, guids.insert(partition.guid).inserted else {
                return "\(name) has no type, or the GUID of another"
            }
            guard partition.firstBlock <= partition.lastBlock, usableBlocks.contains(partition.firstBlock),
                usableBlocks.contains(partition.lastBlock)
            else {
                return "\(name) lies from block \(partition.firstBlock) to \(partition.lastBlock), which is not within "
                    + "\(usableBlocks.lowerBound) to \(usableBlocks.upperBound)"
            }
        }
        let inOrder = partitions.sorted { $0.firstBlock < $1.firstBlock }
        for (one, next) in zip(inOrder, inOrder.dropFirst()) where next.firstBlock <= one.lastBlock {
            return "partitions \(one.number) and \(next.number) overlap"
        }
        return nil
    }
}
