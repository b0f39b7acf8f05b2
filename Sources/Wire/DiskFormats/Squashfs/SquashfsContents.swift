/// Where the contents of files lie, as far as it is known while blocks are still being compressed.
struct SquashfsContents {
    struct Content {
        var size: UInt64
        /// The number of the first block that is stored; the others follow it.
        var firstBlock: Int?
        /// For each block of the file, whether it is all zeros and not stored.
        var holes: [Bool] = []
        var fragment: SquashfsFragments.Place?
    }

    struct Key: Hashable {
        let size: UInt64
        let digest: [UInt8]
    }

    /// A block as it was written.
    struct Stored {
        let position: UInt64
        /// As tables hold it.
        let size: UInt32
    }

    private(set) var all: [Content] = []
    private(set) var stored: [Stored] = []
    private(set) var fragmentBlocks: [Int] = []
    private var known: [Key: Int] = [:]
    /// Blocks that were given out.
    private(set) var blockCount = 0
    private(set) var position: UInt64
    /// Whether some content was there already when it came again.
    private(set) var hasDuplicates = false

    init(position: UInt64) { self.position = position }

    mutating func find(_ key: Key) -> Int? {
        guard let place = known[key] else { return nil }
        hasDuplicates = true
        return place
    }

    mutating func begin(size: UInt64, key: Key?) -> Int {
        all.append(Content(size: size))
        if let key { known[key] = all.count - 1 }
        return all.count - 1
    }

    mutating func addHole(to content: Int) { all[content].holes.append(true) }

    /// - Returns: the block's number.
    mutating func addBlock(to content: Int) -> Int {
        if all[content].firstBlock == nil { all[content].firstBlock = blockCount }
        all[content].holes.append(false)
        return nextBlock()
    }

    mutating func setFragment(_ place: SquashfsFragments.Place, of content: Int) { all[content].fragment = place }

    mutating func addFragmentBlock() -> Int {
        fragmentBlocks.append(blockCount)
        return nextBlock()
    }

    private mutating func nextBlock() -> Int {
        blockCount += 1
        return blockCount - 1
    }

    mutating func store(octets: UInt32, isCompressed: Bool) {
        stored.append(Stored(position: position, size: octets | (isCompressed ? 0 : SquashfsFormat.storedBlock)))
        position += UInt64(octets)
    }
}
