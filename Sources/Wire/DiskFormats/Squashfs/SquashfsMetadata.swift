import MusterBase

/// A stream of records, cut into metadata blocks of 8 KiB that are compressed each by itself.
struct SquashfsMetadata {
    /// Where a record begins: the block's place in the compressed stream, and the octet in the plain block.
    struct Place: Hashable {
        var block: UInt64 = 0
        var offset: UInt16 = 0

        /// As tables hold it.
        var reference: UInt64 { block << 16 | UInt64(offset) }
    }

    /// Whole blocks with their headers.
    private(set) var octets: [UInt8] = []
    /// Where each block begins in ``octets``.
    private(set) var blockStarts: [UInt64] = []
    private var plain: [UInt8] = []
    private let compressor: any SquashfsCompressor

    init(_ compressor: any SquashfsCompressor) {
        self.compressor = compressor
        plain.reserveCapacity(SquashfsFormat.metadataLength)
    }

    /// Where the next record will begin.
    var place: Place { Place(block: UInt64(octets.count), offset: UInt16(truncatingIfNeeded: plain.count)) }

    mutating func append(_ record: [UInt8]) throws {
        var rest = record[...]
        while !rest.isEmpty {
            let part = rest.prefix(SquashfsFormat.metadataLength - plain.count)
            plain += part
            rest = rest.dropFirst(part.count)
            if plain.count == SquashfsFormat.metadataLength { try endBlock() }
        }
    }

    /// Ends the last block, when one is begun.
    mutating func finish() throws {
        if !plain.isEmpty { try endBlock() }
    }

    private mutating func endBlock() throws {
        blockStarts.append(UInt64(octets.count))
        octets += try Self.block(plain, compressor)
        plain.removeAll(keepingCapacity: true)
    }

    /// One block with its header.
    static func block(_ plain: [UInt8], _ compressor: any SquashfsCompressor) throws -> [UInt8] {
        let compressed = try compressor.compress(plain)
        let content = compressed ?? plain
        var writer = ByteWriter(reserving: content.count + 2)
        writer.writeLittle(
            UInt16(truncatingIfNeeded: content.count) | (compressed == nil ? SquashfsFormat.storedMetadata : 0))
        writer.write(content)
        return writer.bytes
    }
}

/// Records of one length that are found by their number: metadata blocks, and behind them where each begins.
struct SquashfsLookupTable {
    let octets: [UInt8]
    /// Where the list of blocks begins in the file.
    let start: UInt64

    /// - Parameters:
    ///   - position: Where the table will stand in the file.
    ///   - preface: What stands before the list of blocks.
    init(
        _ records: [UInt8], at position: UInt64, preface: [UInt8] = [], _ compressor: any SquashfsCompressor
    ) throws {
        var metadata = SquashfsMetadata(compressor)
        try metadata.append(records)
        try metadata.finish()
        var writer = ByteWriter(reserving: metadata.octets.count + preface.count + 8 * metadata.blockStarts.count)
        writer.write(metadata.octets)
        start = position + UInt64(metadata.octets.count)
        writer.write(preface)
        for block in metadata.blockStarts { writer.writeLittle(position + block) }
        octets = writer.bytes
    }
}
