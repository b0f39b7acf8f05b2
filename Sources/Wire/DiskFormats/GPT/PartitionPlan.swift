import MusterBase

/// Lays wanted partitions out on a disk, one behind the other in their order, each at a multiple of 1 MiB.
///
/// It makes nothing up: the same wishes give the same table.
public struct PartitionPlan: Hashable, Sendable {
    /// How much of the disk a partition gets.
    public enum Size: Hashable, Sendable {
        /// So many octets, filled up to a whole MiB.
        case octets(UInt64)
        /// What the others leave, at least so many octets. Several of a plan share what is over in equal parts; what is left
        /// of that, less than a MiB for each, lies behind the last of them: what follows ends where the disk ends.
        case rest(minimum: UInt64)

        var minimum: UInt64 {
            switch self {
            case .octets(let octets): octets
            case .rest(let octets): max(1, octets)
            }
        }
    }

    /// A partition that is wanted.
    public struct Wish: Hashable, Sendable {
        public var type: PartitionType
        public var size: Size
        public var label: String
        public var guid: DiskGUID
        public var attributes: PartitionAttributes

        public init(
            _ type: PartitionType, _ size: Size, label: String, guid: DiskGUID, attributes: PartitionAttributes = []
        ) {
            self.type = type
            self.size = size
            self.label = label
            self.guid = guid
            self.attributes = attributes
        }
    }

    public var wishes: [Wish]

    /// In octets: what partitions begin at a multiple of, and have a multiple of for their size.
    public static let alignment: UInt64 = 1 << 20

    public init(_ wishes: [Wish]) { self.wishes = wishes }

    /// The octets of the smallest disk that the partitions fit on: a MiB before them for the first table, and a MiB behind
    /// them for the second. Throws ``MusterError`` `invalidInput` when there is no number for it.
    public func smallestDisk() throws(MusterError) -> UInt64 {
        var total = 2 * Self.alignment
        for wish in wishes {
            let (sum, overflow) = total.addingReportingOverflow(try Self.aligned(wish))
            guard !overflow, sum <= UInt64(Int64.max) else { throw Self.tooLarge(wish) }
            total = sum
        }
        return total
    }

    /// The table for a disk. Partitions are numbered from 1 in the order of the wishes.
    ///
    /// - Throws: ``MusterError`` `exhausted` when the disk is too small, which says by how much; `invalidInput` for wishes
    ///   that no disk can fulfil.
    public func table(disk: DiskGUID, blockSize: Int, blockCount: UInt64) throws(MusterError) -> PartitionTable {
        try PartitionTable.check(blockSize: blockSize, blockCount: blockCount)
        let size = blockCount * UInt64(blockSize)
        let needed = try smallestDisk()
        // What goes over the last whole MiB belongs to nobody.
        let available = size / Self.alignment * Self.alignment
        guard available >= needed else {
            let missing = (needed - available) / Self.alignment
            throw MusterError(
                .exhausted,
                "the disk is too small: it has \(size / Self.alignment) MiB, the partitions need "
                    + "\(needed / Self.alignment) MiB, \(missing) MiB more")
        }
        let sharers = UInt64(wishes.count { if case .rest = $0.size { true } else { false } })
        let share = (available - needed) / Self.alignment / max(1, sharers) * Self.alignment
        var table = try PartitionTable(disk: disk, blockSize: blockSize, blockCount: blockCount)
        let left = available - needed - share * sharers
        let lastSharer = wishes.lastIndex { if case .rest = $0.size { true } else { false } }
        var next = Self.alignment
        for (index, wish) in wishes.enumerated() {
            var octets = try Self.aligned(wish)
            if case .rest = wish.size { octets += share }
            guard octets > 0 else {
                throw MusterError(.invalidInput, "the partition '\(wish.label)' is to have no octet")
            }
            table.partitions.append(
                Partition(
                    number: index + 1, type: wish.type, guid: wish.guid, firstBlock: next / UInt64(blockSize),
                    lastBlock: (next + octets) / UInt64(blockSize) - 1, attributes: wish.attributes, label: wish.label))
            next += octets
            if index == lastSharer { next += left }
        }
        try table.check()
        return table
    }

    /// The least octets of a wish, a multiple of 1 MiB.
    private static func aligned(_ wish: Wish) throws(MusterError) -> UInt64 {
        let octets = wish.size.minimum
        guard octets <= UInt64(Int64.max) - alignment else { throw tooLarge(wish) }
        return (octets + alignment - 1) / alignment * alignment
    }

    private static func tooLarge(_ wish: Wish) -> MusterError {
        MusterError(.invalidInput, "the partition '\(wish.label)' is larger than any disk")
    }
}
