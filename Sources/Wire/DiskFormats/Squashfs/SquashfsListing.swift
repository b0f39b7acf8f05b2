import MusterBase

/// Where the listing of a directory is. A listing is a sequence of runs: a header, and up to 256 names whose inodes begin
/// in the same metadata block.
struct SquashfsListing {
    struct Entry {
        let name: [UInt8]
        let place: SquashfsMetadata.Place
        let number: UInt32
        let kind: SquashfsFormat.InodeKind
    }

    /// Tells where to look for names from this one on.
    struct IndexEntry {
        /// Octets of the listing before the run.
        let offset: UInt32
        /// Where the metadata block begins in which the run does.
        let block: UInt32
        let name: [UInt8]

        func write(to writer: inout ByteWriter) {
            writer.writeLittle(offset)
            writer.writeLittle(block)
            writer.writeLittle(UInt32(truncatingIfNeeded: name.count - 1))
            writer.write(name)
        }
    }

    var place = SquashfsMetadata.Place()
    /// In octets.
    var length: UInt64 = 0
    /// One entry for each metadata block that the listing reaches into behind its first.
    var index: [IndexEntry] = []

    private static let headerLength = 12
    private static let entryLength = 8

    /// - Parameter entries: sorted by name.
    static func write(
        _ entries: some Collection<Entry>, to metadata: inout SquashfsMetadata
    ) throws -> SquashfsListing {
        var listing = SquashfsListing()
        listing.place = metadata.place
        var indexedBlock = metadata.place.block
        var rest = entries[...]
        while let first = rest.first {
            let start = metadata.place
            if start.block != indexedBlock {
                listing.index.append(
                    IndexEntry(
                        offset: UInt32(truncatingIfNeeded: listing.length),
                        block: UInt32(truncatingIfNeeded: start.block), name: first.name))
                indexedBlock = start.block
            }
            let (run, count) = run(of: rest, first, at: Int(start.offset))
            try metadata.append(run)
            listing.length += UInt64(run.count)
            rest = rest.dropFirst(count)
        }
        return listing
    }

    /// As many entries as one header can stand for. A run ends before an entry that begins in another metadata block than
    /// its header, so that the index leads to every block.
    private static func run(
        of entries: some Collection<Entry>, _ first: Entry, at offset: Int
    ) -> (octets: [UInt8], count: Int) {
        var names = ByteWriter()
        var count = 0
        for entry in entries {
            let distance = Int64(entry.number) - Int64(first.number)
            guard count < SquashfsFormat.entriesInRun, entry.place.block == first.place.block,
                let difference = Int16(exactly: distance),
                count == 0 || offset + headerLength + names.count < SquashfsFormat.metadataLength
            else { break }
            names.writeLittle(entry.place.offset)
            names.writeLittle(difference)
            names.writeLittle(entry.kind.rawValue)
            names.writeLittle(UInt16(truncatingIfNeeded: entry.name.count - 1))
            names.write(entry.name)
            count += 1
        }
        var writer = ByteWriter(reserving: headerLength + names.count)
        writer.writeLittle(UInt32(truncatingIfNeeded: count - 1))
        writer.writeLittle(UInt32(truncatingIfNeeded: first.place.block))
        writer.writeLittle(first.number)
        writer.write(names.bytes)
        return (writer.bytes, count)
    }
}
