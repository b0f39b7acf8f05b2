import MusterBase

/// One partition of a ``PartitionTable``.
public struct Partition: Hashable, Sendable {
    /// Its place in the table, from 1: `sda3` has 3.
    public var number: Int
    public var type: PartitionType
    public var guid: DiskGUID
    /// The first block, and the last one that still belongs to it, in logical blocks of the disk.
    public var firstBlock: UInt64
    public var lastBlock: UInt64
    public var attributes: PartitionAttributes
    /// At most 36 units of UTF-16.
    public var label: String

    public init(
        number: Int, type: PartitionType, guid: DiskGUID, firstBlock: UInt64, lastBlock: UInt64,
        attributes: PartitionAttributes = [], label: String = ""
    ) {
        self.number = number
        self.type = type
        self.guid = guid
        self.firstBlock = firstBlock
        self.lastBlock = lastBlock
        self.attributes = attributes
        self.label = label
    }

    /// 0 for one that ends before it begins.
    public var blockCount: UInt64 { lastBlock >= firstBlock ? lastBlock - firstBlock &+ 1 : 0 }

    /// Where it begins, in octets of the disk.
    public func offset(blockSize: Int) -> UInt64 { firstBlock &* UInt64(blockSize) }

    /// Its size in octets.
    public func size(blockSize: Int) -> UInt64 { blockCount &* UInt64(blockSize) }
}

extension Partition {
    static let longestLabel = 36
    /// Of an entry in a table that Muster writes; others may be longer.
    static let entryLength = 128

    /// The 128 octets of an entry (UEFI 2.10, table 5.6). Throws ``MusterError`` `invalidInput` for a label that is too
    /// long or has a character that is none.
    func encode() throws(MusterError) -> [UInt8] {
        let units = Array(label.utf16)
        guard units.count <= Self.longestLabel, !units.contains(0) else {
            throw MusterError(
                .invalidInput, "'\(label)' cannot be the label of a partition",
                advice: "a label has at most \(Self.longestLabel) units of UTF-16 and no zero")
        }
        var writer = ByteWriter(reserving: Self.entryLength)
        writer.write(type.guid.diskOctets)
        writer.write(guid.diskOctets)
        writer.writeLittle(firstBlock)
        writer.writeLittle(lastBlock)
        writer.writeLittle(attributes.rawValue)
        for unit in units { writer.writeLittle(unit) }
        writer.align(to: Self.entryLength)
        return writer.bytes
    }

    /// Reads an entry; nil for one that is not used.
    static func decode(_ octets: ArraySlice<UInt8>, number: Int) throws(MusterError) -> Partition? {
        var reader = ByteReader(octets, of: "entry \(number) of a partition table")
        let type = try reader.readGUID()
        guard type != .unused else { return nil }
        let guid = try reader.readGUID()
        let first: UInt64 = try reader.readLittle()
        let last: UInt64 = try reader.readLittle()
        let attributes: UInt64 = try reader.readLittle()
        var units: [UInt16] = []
        for _ in 0..<longestLabel { units.append(try reader.readLittle()) }
        return Partition(
            number: number, type: PartitionType(type), guid: guid, firstBlock: first, lastBlock: last,
            attributes: PartitionAttributes(rawValue: attributes),
            label: String(decoding: units.prefix { $0 != 0 }, as: UTF16.self))
    }
}

extension ByteReader {
    mutating func readGUID() throws(MusterError) -> DiskGUID {
        DiskGUID(diskOctets: try read(DiskGUID.length)) ?? .unused
    }

    mutating func readLittle<Number: FixedWidthInteger & UnsignedInteger>() throws(MusterError) -> Number {
        let value: Number = try readInteger()
        return value.byteSwapped
    }
}
