/// Gathers files that are smaller than a block into fragment blocks.
///
/// A block ends when the next file does not fit, and before that, from half a block on, behind one path in eight as a
/// hash of the path says. So a file that is added, removed or changed moves the borders of the blocks near it and no
/// others: behind the next such path, all blocks are what they were.
struct SquashfsFragments {
    /// Where a file lies.
    struct Place: Hashable {
        let fragment: UInt32
        let offset: UInt32
    }

    /// How many blocks are begun.
    private(set) var count = 0
    private var open: [UInt8] = []
    private let blockSize: Int

    init(blockSize: Int) { self.blockSize = blockSize }

    /// Adds a file of at least one octet and less than a block.
    ///
    /// - Parameter emit: Called with each block that is full.
    mutating func add(_ octets: [UInt8], path: String, emit: ([UInt8]) -> Void) -> Place {
        if octets.count > blockSize - open.count { end(emit) }
        if open.isEmpty {
            count += 1
            open.reserveCapacity(blockSize)
        }
        let place = Place(
            fragment: UInt32(truncatingIfNeeded: count - 1), offset: UInt32(truncatingIfNeeded: open.count))
        open += octets
        if open.count == blockSize || open.count >= blockSize / 2 && Self.isBorder(path) { end(emit) }
        return place
    }

    /// Ends the last block, when one is begun.
    mutating func end(_ emit: ([UInt8]) -> Void) {
        if open.isEmpty { return }
        emit(open)
        open = []
    }

    /// FNV-1a of the path; its upper bits, which all octets have reached.
    static func isBorder(_ path: String) -> Bool {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in path.utf8 { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
        hash ^= hash >> 32
        hash &*= 0x9E37_79B9_7F4A_7C15
        return hash >> 61 == 0
    }
}
