import MusterBase

/// What has to be written to a block device full of zeros to make it an empty ext4 file system without a journal: for
/// memory, where a journal protects nothing. After "Data structures and algorithms" of the kernel's ext4 documentation.
public struct EmptyExt4: Sendable {
    /// Octets and where they belong on the device; all else stays zero.
    public struct Piece: Sendable, Hashable {
        public let offset: Int64
        public let octets: [UInt8]
    }

    /// Octets of a block.
    public static let blockSize = 4096
    /// The smallest and the largest device that is taken, in octets.
    public static let sizes: ClosedRange<Int64> = 16 << 20...1 << 40

    static let blocksInGroup = 32_768
    static let inodesInGroup = 8192
    static let inodeSize = 256
    static let inodeTableBlocks = inodesInGroup * inodeSize / blockSize
    static let rootInode = 2
    static let lostInode = 11

    let blocks: Int
    let groups: Int
    let descriptorBlocks: Int
    let identifier: [UInt8]

    /// - Parameters:
    ///   - size: of the device, in octets. A rest at its end that is too small for anything stays unused.
    ///   - identifier: 16 octets for the file system's UUID.
    /// - Throws: `invalid_input` for another size or identifier.
    public init(size: Int64, identifier: [UInt8]) throws(MusterError) {
        guard Self.sizes.contains(size), identifier.count == 16 else {
            throw MusterError(.invalidInput, "no file system of \(size) octets can be made")
        }
        var blocks = Int(size) / Self.blockSize
        var groups = (blocks + Self.blocksInGroup - 1) / Self.blocksInGroup
        let descriptorBlocks = (groups * 32 + Self.blockSize - 1) / Self.blockSize
        let rest = blocks - (groups - 1) * Self.blocksInGroup
        if groups > 1, rest < Self.inodeTableBlocks + descriptorBlocks + 64 {
            groups -= 1
            blocks = groups * Self.blocksInGroup
        }
        self.blocks = blocks
        self.groups = groups
        self.descriptorBlocks = descriptorBlocks
        self.identifier = identifier
    }

    /// All that is not zero, by rising offset.
    public func pieces() -> [Piece] {
        let descriptors = descriptorTable()
        var pieces: [Piece] = []
        for group in 0..<groups {
            let start = group * Self.blocksInGroup
            if hasCopy(group) {
                // The first kibibyte of the device is for boot loaders.
                pieces.append(piece(start, at: group == 0 ? 1024 : 0, superblock(copyIn: group)))
                pieces.append(piece(start + 1, descriptors))
            }
            pieces.append(piece(blockBitmapBlock(group), blockBitmap(group)))
            pieces.append(piece(blockBitmapBlock(group) + 1, inodeBitmap(group)))
            if group == 0 { pieces += directories() }
        }
        return pieces
    }

    private func piece(_ block: Int, at offset: Int = 0, _ octets: [UInt8]) -> Piece {
        Piece(offset: Int64(block) * Int64(Self.blockSize) + Int64(offset), octets: octets)
    }

    // MARK: Where things are

    /// Groups 0, 1 and the powers of 3, 5 and 7 have a copy of the superblock and the descriptors.
    private func hasCopy(_ group: Int) -> Bool {
        if group <= 1 { return true }
        return [3, 5, 7].contains { base in
            var power = base
            while power < group { power *= base }
            return power == group
        }
    }

    private func length(of group: Int) -> Int { min(Self.blocksInGroup, blocks - group * Self.blocksInGroup) }

    private func blockBitmapBlock(_ group: Int) -> Int {
        group * Self.blocksInGroup + (hasCopy(group) ? 1 + descriptorBlocks : 0)
    }

    private func inodeTableBlock(_ group: Int) -> Int { blockBitmapBlock(group) + 2 }

    private var rootBlock: Int { inodeTableBlock(0) + Self.inodeTableBlocks }

    /// Blocks at the beginning of a group that are taken.
    private func taken(_ group: Int) -> Int {
        let tables = inodeTableBlock(group) + Self.inodeTableBlocks - group * Self.blocksInGroup
        return tables + (group == 0 ? 2 : 0)
    }

    // MARK: What they hold

    private func superblock(copyIn group: Int) -> [UInt8] {
        var record = Ext4Record(length: 1024)
        let free = (0..<groups).reduce(0) { $0 + length(of: $1) - taken($1) }
        record.put32(0, groups * Self.inodesInGroup)
        record.put32(4, blocks)
        record.put32(12, free)
        record.put32(16, groups * Self.inodesInGroup - Self.lostInode)
        record.put32(24, 2)
        record.put32(28, 2)
        record.put32(32, Self.blocksInGroup)
        record.put32(36, Self.blocksInGroup)
        record.put32(40, Self.inodesInGroup)
        record.put16(54, 0xFFFF)
        record.put16(56, 0xEF53)
        record.put16(58, 1)
        record.put16(60, 1)
        record.put32(76, 1)
        record.put32(84, Self.lostInode)
        record.put16(88, Self.inodeSize)
        record.put16(90, group)
        // Extended attributes; names with file types, extents; few copies, large files, inodes with more fields.
        record.put32(92, 0x8)
        record.put32(96, 0x2 | 0x40)
        record.put32(100, 0x1 | 0x2 | 0x40)
        record.put(104, identifier)
        record.put(120, Array("muster-layer".utf8))
        // Extended attributes of users, and access control lists.
        record.put32(256, 0x4 | 0x8)
        record.put16(348, 32)
        record.put16(350, 32)
        return record.octets
    }

    private func descriptorTable() -> [UInt8] {
        var record = Ext4Record(length: descriptorBlocks * Self.blockSize)
        for group in 0..<groups {
            let at = group * 32
            record.put32(at, blockBitmapBlock(group))
            record.put32(at + 4, blockBitmapBlock(group) + 1)
            record.put32(at + 8, inodeTableBlock(group))
            record.put16(at + 12, length(of: group) - taken(group))
            record.put16(at + 14, Self.inodesInGroup - (group == 0 ? Self.lostInode : 0))
            record.put16(at + 16, group == 0 ? 2 : 0)
        }
        return record.octets
    }

    /// What is behind the end of the last group counts as taken.
    private func blockBitmap(_ group: Int) -> [UInt8] {
        Self.bitmap(firstTaken: taken(group), existing: length(of: group))
    }

    private func inodeBitmap(_ group: Int) -> [UInt8] {
        Self.bitmap(firstTaken: group == 0 ? Self.lostInode : 0, existing: Self.inodesInGroup)
    }

    private static func bitmap(firstTaken: Int, existing: Int) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: blockSize)
        for index in 0..<firstTaken / 8 { octets[index] = 0xFF }
        for index in (existing + 7) / 8..<blockSize { octets[index] = 0xFF }
        for number in firstTaken / 8 * 8..<firstTaken { octets[number / 8] |= 1 << UInt8(number % 8) }
        for number in existing..<(existing + 7) / 8 * 8 { octets[number / 8] |= 1 << UInt8(number % 8) }
        return octets
    }

    /// The root directory, and the one that a repair would put what it finds in.
    private func directories() -> [Piece] {
        let table = Int64(inodeTableBlock(0)) * Int64(Self.blockSize)
        func inode(_ number: Int, mode: Int, links: Int, block: Int) -> Piece {
            var record = Ext4Record(length: Self.inodeSize)
            record.put16(0, 0x4000 | mode)
            record.put32(4, Self.blockSize)
            record.put16(26, links)
            record.put32(28, Self.blockSize / 512)
            record.put32(40, block)
            record.put16(128, 32)
            return Piece(offset: table + Int64((number - 1) * Self.inodeSize), octets: record.octets)
        }
        let lost = "lost+found"
        return [
            inode(Self.rootInode, mode: 0o755, links: 3, block: rootBlock),
            inode(Self.lostInode, mode: 0o700, links: 2, block: rootBlock + 1),
            piece(rootBlock, Self.directory([(".", 2), ("..", 2), (lost, Self.lostInode)])),
            piece(rootBlock + 1, Self.directory([(".", Self.lostInode), ("..", 2)])),
        ]
    }

    /// One block of entries, the last of which takes the rest of it.
    private static func directory(_ entries: [(name: String, inode: Int)]) -> [UInt8] {
        var record = Ext4Record(length: blockSize)
        var at = 0
        for (number, entry) in entries.enumerated() {
            let isLast = number == entries.count - 1
            let length = isLast ? blockSize - at : (8 + entry.name.utf8.count + 3) / 4 * 4
            record.put32(at, entry.inode)
            record.put16(at + 4, length)
            record.put(at + 6, [UInt8(entry.name.utf8.count), 2])
            record.put(at + 8, Array(entry.name.utf8))
            at += length
        }
        return record.octets
    }
}

/// Fields at fixed places, numbers with the lowest octet first.
private struct Ext4Record {
    private(set) var octets: [UInt8]

    init(length: Int) { octets = [UInt8](repeating: 0, count: length) }

    mutating func put(_ place: Int, _ values: [UInt8]) {
        octets.replaceSubrange(place..<place + values.count, with: values)
    }

    mutating func put16(_ place: Int, _ value: Int) {
        put(place, (0..<2).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) })
    }

    mutating func put32(_ place: Int, _ value: Int) {
        put(place, (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) })
    }
}
