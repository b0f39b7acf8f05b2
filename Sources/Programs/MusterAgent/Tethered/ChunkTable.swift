import MusterBase

/// The beginning of a partition that keeps stored chunks: which chunk lies where. Octets in, values out.
///
/// ```
/// 0       16 octets of magic, the count of slots (32 bits)
/// 4096    slots of 64 octets: digest (32), place (64 bits), length (32), mark (32); an empty one is of zeros
/// …       chunks, each at a multiple of 4096, from a multiple of 1 MiB on
/// ```
///
/// Numbers are in network order. Nothing of it is believed: a chunk is held against its digest whenever it is read.
package struct ChunkTable: Sendable, Hashable {
    package struct Slot: Sendable, Hashable {
        package var digest: ContentDigest
        /// Octets from the partition's beginning.
        package var place: UInt64
        /// Of the stored chunk, in octets.
        package var length: Int

        package init(digest: ContentDigest, place: UInt64, length: Int) {
            self.digest = digest
            self.place = place
            self.length = length
        }

        /// The octets that nothing else may lie in.
        package var extent: Range<UInt64> { place..<ChunkTable.aligned(place + UInt64(length), to: ChunkTable.unit) }
    }

    package static let unit: UInt64 = 4096
    package static let slotSize = 64
    private static let magic = Array("MUSTER CHUNKS 1\n".utf8)
    private static let mark: UInt32 = 0x4B4E_4843

    /// Of the partition, in octets.
    package let size: UInt64
    package let slotCount: Int

    /// Nil for a partition that is too small for any chunk.
    package init?(size: UInt64) {
        guard size >= 4 << 20 else { return nil }
        self.size = size
        // As many as chunks of the shortest usual length would fill.
        slotCount = Int(min(131_072, max(16, size / 65_536)))
    }

    /// Octets of a partition that takes so many chunks of so many octets together, whatever their lengths.
    package static func room(octets: Int64, chunks: Int) -> Int64 {
        // Each fills a part of its last unit, and is longer by what encryption adds.
        let content = octets + Int64(chunks) * Int64(2 * unit)
        return max(4 << 20, content + content / 512 + (2 << 20))
    }

    package var tableSize: Int { Int(Self.unit) + slotCount * Self.slotSize }
    /// Where the first chunk may lie.
    package var dataStart: UInt64 { Self.aligned(UInt64(tableSize), to: 1 << 20) }

    package static func aligned(_ number: UInt64, to unit: UInt64) -> UInt64 { (number + unit - 1) / unit * unit }

    package func place(ofSlot index: Int) -> UInt64 { Self.unit + UInt64(index * Self.slotSize) }

    /// The first ``unit`` of the partition.
    package var header: [UInt8] {
        var writer = ByteWriter(reserving: Int(Self.unit))
        writer.write(Self.magic)
        writer.writeInteger(UInt32(slotCount))
        writer.writeZeros(Int(Self.unit) - writer.count)
        return writer.bytes
    }

    package func encode(_ slot: Slot) -> [UInt8] {
        var writer = ByteWriter(reserving: Self.slotSize)
        writer.write(slot.digest.octets)
        writer.writeInteger(slot.place)
        writer.writeInteger(UInt32(truncatingIfNeeded: slot.length))
        writer.writeInteger(Self.mark)
        writer.writeZeros(Self.slotSize - writer.count)
        return writer.bytes
    }

    /// The slots that are in use, by their index. Nil when there is no table of this form and size.
    package func read(_ octets: [UInt8]) -> [Int: Slot]? {
        guard octets.count >= tableSize, octets.prefix(Int(Self.unit)).elementsEqual(header) else { return nil }
        var slots: [Int: Slot] = [:]
        for index in 0..<slotCount {
            let start = Int(place(ofSlot: index))
            // Most are empty.
            guard octets[start + 44] != 0 else { continue }
            if let slot = slot(octets[start..<start + Self.slotSize]) { slots[index] = slot }
        }
        return slots
    }

    private func slot(_ octets: ArraySlice<UInt8>) -> Slot? {
        var reader = ByteReader(octets, of: "slot")
        guard let name = try? reader.read(32), let digest = ContentDigest(octets: name),
            let place: UInt64 = try? reader.readInteger(), let length: UInt32 = try? reader.readInteger(),
            let mark: UInt32 = try? reader.readInteger(), mark == Self.mark,
            place >= dataStart, place < size, place % Self.unit == 0, length > 0,
            Int(length) <= ChunkLayout.longestChunk + 64, UInt64(length) <= size - place
        else { return nil }
        return Slot(digest: digest, place: place, length: Int(length))
    }
}

/// Which parts of such a partition are free. What is given out is not given out again.
package struct ChunkRoom: Sendable {
    private var gaps: [Range<UInt64>]

    /// - Parameter taken: extents in any order; they may overlap.
    package init(of table: ChunkTable, taken: [Range<UInt64>]) {
        var gaps: [Range<UInt64>] = []
        var next = table.dataStart
        for extent in taken.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if extent.lowerBound > next { gaps.append(next..<extent.lowerBound) }
            next = max(next, extent.upperBound)
        }
        let end = table.size / ChunkTable.unit * ChunkTable.unit
        if next < end { gaps.append(next..<end) }
        self.gaps = gaps
    }

    /// The first place where so many octets fit; nil when they fit nowhere.
    package mutating func take(_ length: Int) -> UInt64? {
        let wanted = ChunkTable.aligned(UInt64(length), to: ChunkTable.unit)
        guard let index = gaps.firstIndex(where: { UInt64($0.count) >= wanted }) else { return nil }
        let gap = gaps[index]
        gaps[index] = gap.lowerBound + wanted..<gap.upperBound
        return gap.lowerBound
    }
}
