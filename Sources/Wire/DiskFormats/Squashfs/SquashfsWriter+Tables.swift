import MusterBase

extension SquashfsWriter {
    /// The end of a file system.
    public struct End: Sendable {
        /// What stands behind the last block, filled up to a multiple of 4 KiB of the whole file.
        public let tail: [UInt8]
        /// The first octets of the file, in the place of those of ``SquashfsWriter/head``.
        public let superblock: [UInt8]
    }

    /// Ends the file system when all blocks are written.
    ///
    /// Throws ``MusterError``: `invalidInput` for a hard link to nothing, `exhausted` for tables beyond what the format
    /// can hold; and what the compressor throws.
    public consuming func finish(_ compressor: any SquashfsCompressor) throws -> End {
        guard contents.stored.count == contents.blockCount else {
            throw MusterError(
                .internalFailure, "squashfs: \(contents.blockCount - contents.stored.count) blocks are not written")
        }
        try tree.complete()
        var inodes = SquashfsInodeTable(tree: tree, contents: contents, blockSize: options.blockSize, compressor)
        try inodes.write()
        var superblock = SquashfsSuperblock()
        superblock.inodeCount = inodes.count
        superblock.rootInode = inodes.root.reference
        superblock.time = UInt32(clamping: options.time)
        superblock.blockSize = UInt32(truncatingIfNeeded: options.blockSize)
        superblock.compression = options.compression.number
        superblock.flags = flags
        var tail = inodes.inodes.octets
        let start = contents.position
        superblock.inodeTable = start
        superblock.directoryTable = start + UInt64(tail.count)
        tail += inodes.directories.octets
        try appendTables(to: &tail, inodes, &superblock, compressor)
        superblock.octetsUsed = start + UInt64(tail.count)
        let rest = Int(truncatingIfNeeded: superblock.octetsUsed % UInt64(SquashfsFormat.alignment))
        if rest > 0 { tail += [UInt8](repeating: 0, count: SquashfsFormat.alignment - rest) }
        return End(tail: tail, superblock: superblock.encode())
    }

    private var flags: UInt16 {
        var flags: UInt16 = 0
        if contents.hasDuplicates { flags |= SquashfsFormat.Flag.duplicatesFound }
        if options.isExportable { flags |= SquashfsFormat.Flag.exportable }
        if tree.attributes.isEmpty { flags |= SquashfsFormat.Flag.noAttributes }
        if !options.compression.options.isEmpty { flags |= SquashfsFormat.Flag.compressorOptions }
        return flags
    }

    /// Fragments, inodes by number, owners and attributes: kernels insist on this order, with nothing between them.
    private func appendTables(
        to tail: inout [UInt8], _ inodes: SquashfsInodeTable, _ superblock: inout SquashfsSuperblock,
        _ compressor: any SquashfsCompressor
    ) throws {
        let start = contents.position
        func lookup(_ records: [UInt8]) throws -> UInt64 {
            let table = try SquashfsLookupTable(records, at: start + UInt64(tail.count), compressor)
            tail += table.octets
            return table.start
        }
        if !contents.fragmentBlocks.isEmpty {
            superblock.fragmentCount = UInt32(truncatingIfNeeded: contents.fragmentBlocks.count)
            superblock.fragmentTable = try lookup(fragmentRecords)
        }
        if options.isExportable {
            var records = ByteWriter(reserving: 8 * Int(inodes.count))
            for reference in inodes.references { records.writeLittle(reference) }
            superblock.exportTable = try lookup(records.bytes)
        }
        superblock.identifierCount = UInt16(truncatingIfNeeded: tree.identifiers.values.count)
        superblock.identifierTable = try lookup(tree.identifiers.records)
        if !tree.attributes.isEmpty {
            let table = try tree.attributes.table(at: start + UInt64(tail.count), compressor)
            superblock.attributeTable = table.start
            tail += table.octets
        }
    }

    private var fragmentRecords: [UInt8] {
        var writer = ByteWriter(reserving: 16 * contents.fragmentBlocks.count)
        for number in contents.fragmentBlocks {
            writer.writeLittle(contents.stored[number].position)
            writer.writeLittle(contents.stored[number].size)
            writer.writeLittle(UInt32(0))
        }
        return writer.bytes
    }
}
