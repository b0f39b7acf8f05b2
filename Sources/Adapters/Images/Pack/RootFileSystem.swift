import Crypto
import DiskFormats
import LinuxSystem
import MusterBase

/// Writes a tree as squashfs: from the archive, so that the clean tree never lies on the disk and no root rights are
/// needed to keep owners and device nodes. The same tree gives the same file, on any number of processors and with any
/// cache (docs/decisions/0010-own-squashfs-writer.md).
public struct RootFileSystem: Sendable {
    let tree: TreeArchive
    /// No time in it is later.
    let created: Timestamp
    /// The file that keeps compressed blocks from one run to the next; nil for none.
    let cache: String?
    /// Blocks that are under way at the same time, compressed on as many threads as there are processors.
    let blocksUnderWay: Int

    package static let blockSize = 256 << 10

    /// What was written.
    public struct Report: Sendable, Hashable {
        /// Data blocks of the file system.
        public var blocks = 0
        /// Those of them that an earlier run had compressed.
        public var reusedBlocks = 0
        /// Names of extended attributes that some file had and squashfs has no place for.
        public var lostAttributes: [String] = []
    }

    package init(tree: TreeArchive, created: Timestamp, cache: String?, blocksUnderWay: Int = 64) {
        self.tree = tree
        self.created = created
        self.cache = cache
        self.blocksUnderWay = blocksUnderWay
    }

    /// Writes the file system.
    ///
    /// - Parameter progress: Called with the share that is done, 0 to 1.
    /// - Throws: ``MusterError``: `invalidInput` for what squashfs cannot hold, `exhausted` when the disk is full.
    package func write(
        to path: String, compressionLevel: Int, progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> Report {
        let clean = CleanTree(tree: tree, latest: created.seconds)
        let entries = try clean.entries()
        let compressor = try ZstandardCompressor(level: compressionLevel)
        var output = OutputOfTree(
            tree: tree, sizes: Self.severalTimes(entries.map(\.content.size)),
            writer: try SquashfsWriter(
                SquashfsOptions(
                    compression: .zstandard(level: compressionLevel), blockSize: Self.blockSize, time: created.seconds)
            ),
            blocks: BlockPipeline(
                file: try OutputFile(path), compressor: compressor,
                cache: cache.map { BlockCache($0, level: compressionLevel) },
                newCache: cache.map { BlockCacheWriter($0, level: compressionLevel) }, limit: blocksUnderWay))
        let total = max(1, entries.reduce(0) { $0 + Double($1.content.size) })
        var report = try await withThrowingTaskGroup(of: BlockPipeline.Finished.self) { tasks in
            do {
                try await output.begin()
                for (index, entry) in entries.enumerated() {
                    try await output.add(entry, &tasks)
                    if index % 64 == 0 { progress(min(1, output.octets / total)) }
                }
                return try await output.finish(&tasks)
            } catch {
                output.abandon()
                throw error
            }
        }
        progress(1)
        report.lostAttributes = clean.lostAttributes
        return report
    }

    /// Sizes that more than one file has: only these can have the same content.
    private static func severalTimes(_ sizes: [UInt64]) -> Set<UInt64> {
        var once: Set<UInt64> = []
        return Set(sizes.filter { $0 > 0 && !once.insert($0).inserted })
    }
}

/// Brings the entries of a tree into a file system.
private struct OutputOfTree {
    let tree: TreeArchive
    /// Of files that have to be compared.
    let sizes: Set<UInt64>
    var writer: SquashfsWriter
    var blocks: BlockPipeline
    /// Octets of content that were read.
    private(set) var octets: Double = 0

    init(tree: TreeArchive, sizes: Set<UInt64>, writer: SquashfsWriter, blocks: BlockPipeline) {
        self.tree = tree
        self.sizes = sizes
        self.writer = writer
        self.blocks = blocks
    }

    mutating func begin() async throws { try blocks.begin(writer.head) }

    mutating func add(_ entry: CleanTree.Entry, _ tasks: inout BlockPipeline.Tasks) async throws {
        guard entry.entry.kind == .file else { return try writer.add(entry.entry) }
        let size = entry.content.size
        octets += Double(size)
        let blockSize = UInt64(RootFileSystem.blockSize)
        // What fits a block is read once, and stays at hand for the digest.
        let whole = size <= blockSize ? try part(of: entry.content, from: 0, count: size) : nil
        var digest: [UInt8]?
        if sizes.contains(size) { digest = try whole.map { BlockKey(of: $0).octets } ?? wholeDigest(of: entry.content) }
        guard try writer.addFile(entry.entry, size: size, digest: digest) == .content else { return }
        var offset: UInt64 = 0
        while offset < size {
            try Task.checkCancellation()
            let count = min(blockSize, size - offset)
            let piece = try whole ?? part(of: entry.content, from: offset, count: count)
            try await blocks.add(writer.append(piece), &writer, &tasks)
            offset += count
        }
    }

    mutating func finish(_ tasks: inout BlockPipeline.Tasks) async throws -> RootFileSystem.Report {
        if let last = try writer.lastBlock() { try await blocks.add([last], &writer, &tasks) }
        try await blocks.finish(writer, &tasks)
        return RootFileSystem.Report(blocks: blocks.written, reusedBlocks: blocks.reused)
    }

    mutating func abandon() { blocks.abandon() }

    private func part(of content: CleanTree.Content, from offset: UInt64, count: UInt64) throws -> [UInt8] {
        switch content {
        case .none: return []
        case .octets(let octets): return Array(octets[Int(offset)..<Int(offset + count)])
        case .archive(let entry): return try tree.content(of: entry, from: offset, count: Int(count))
        }
    }

    private func wholeDigest(of content: CleanTree.Content) throws -> [UInt8] {
        var hash = SHA256()
        var offset: UInt64 = 0
        while offset < content.size {
            let count = min(1 << 20, content.size - offset)
            hash.update(data: try part(of: content, from: offset, count: count))
            offset += count
        }
        return Array(hash.finalize())
    }
}
