import DiskFormats
import MusterBase

/// Compresses blocks on all processors and writes them in their order, whichever is ready first.
struct BlockPipeline {
    /// What happens to a block on another thread.
    typealias Tasks = ThrowingTaskGroup<Finished, any Error>

    struct Finished: Sendable {
        fileprivate let number: Int
        fileprivate let block: PackedBlock
        fileprivate let octets: [UInt8]
        fileprivate let isReused: Bool
    }

    private let compressor: ZstandardCompressor
    private let cache: BlockCache?
    private var newCache: BlockCacheWriter?
    /// Blocks that are being compressed or wait for one before them: this bounds the memory.
    private let limit: Int
    private var underWay = 0
    private var waiting: [Int: Finished] = [:]
    private var file: OutputFile
    private(set) var written = 0
    /// Of the blocks written, those that were not compressed anew.
    private(set) var reused = 0

    init(
        file: OutputFile, compressor: ZstandardCompressor, cache: BlockCache?, newCache: BlockCacheWriter?, limit: Int
    ) {
        self.file = file
        self.compressor = compressor
        self.cache = cache
        self.newCache = newCache
        self.limit = max(1, limit)
    }

    /// Writes what stands before the first block.
    mutating func begin(_ head: [UInt8]) throws { try file.append(head) }

    /// Takes blocks; waits when there are too many under way.
    mutating func add(
        _ blocks: [SquashfsWriter.Block], _ writer: inout SquashfsWriter, _ tasks: inout Tasks
    ) async throws {
        for block in blocks {
            while underWay + waiting.count >= limit { try await takeNext(&writer, &tasks) }
            underWay += 1
            tasks.addTask { [compressor, cache] in
                let key = BlockKey(of: block.octets)
                if let known = cache?.block(key), known.compressed.map({ $0.count < block.octets.count }) ?? true {
                    return Finished(number: block.number, block: known, octets: block.octets, isReused: true)
                }
                let compressed = try compressor.compress(block.octets)
                let packed = PackedBlock(
                    key: key, compressed: compressed, sum: BlockSum.of(compressed ?? [], seed: key.seed))
                return Finished(number: block.number, block: packed, octets: block.octets, isReused: false)
            }
        }
    }

    /// Waits for all blocks and writes the end of the file system.
    mutating func finish(_ writer: consuming SquashfsWriter, _ tasks: inout Tasks) async throws {
        while underWay > 0 { try await takeNext(&writer, &tasks) }
        let end = try writer.finish(compressor)
        try file.append(end.tail)
        try file.write(end.superblock, at: 0)
        newCache?.finish()
    }

    /// Leaves no cache of a file system that was not finished.
    mutating func abandon() { newCache?.abandon() }

    private mutating func takeNext(_ writer: inout SquashfsWriter, _ tasks: inout Tasks) async throws {
        guard let finished = try await tasks.next() else {
            throw MusterError(.internalFailure, "a block was lost while it was compressed")
        }
        underWay -= 1
        waiting[finished.number] = finished
        while let next = waiting.removeValue(forKey: written) {
            let octets = next.block.compressed ?? next.octets
            try file.append(octets)
            try writer.store(next.number, octets: octets.count, isCompressed: next.block.compressed != nil)
            newCache?.add(next.block)
            written += 1
            if next.isReused { reused += 1 }
        }
    }
}
