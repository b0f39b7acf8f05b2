import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Writes the blocks that one run used, for the next. When that fails the run goes on without: the next one compresses
/// more.
struct BlockCacheWriter {
    private let path: String
    private var file: OutputFile?
    private var entries: [BlockCacheFormat.Entry] = []
    private var known: Set<BlockKey> = []

    private var unfinished: String { Self.unfinished(path) }

    private static func unfinished(_ path: String) -> String { "\(path).tmp" }

    init(_ path: String, level: Int) {
        self.path = path
        file = try? OutputFile(Self.unfinished(path), mode: 0o600)
        attempt { try $0.append(BlockCacheFormat.head(level: level)) }
    }

    mutating func add(_ block: PackedBlock) {
        guard let offset = file?.position, known.insert(block.key).inserted else { return }
        let octets = block.compressed ?? []
        entries.append(
            BlockCacheFormat.Entry(key: block.key, offset: offset, length: UInt32(octets.count), sum: block.sum))
        attempt { try $0.append(octets) }
    }

    /// Puts the new file in the place of the old one.
    mutating func finish() {
        guard let offset = file?.position else { return }
        let end = BlockCacheFormat.end(entries, at: offset)
        attempt { try $0.append(end) }
        if file != nil, rename(unfinished, path) != 0 { try? Files.remove(unfinished) }
        file = nil
    }

    /// Removes what was written.
    mutating func abandon() {
        if file != nil { try? Files.remove(unfinished) }
        file = nil
    }

    private mutating func attempt(_ write: (inout OutputFile) throws -> Void) {
        guard var open = file.take() else { return }
        do {
            try write(&open)
            file = open
        } catch {
            try? Files.remove(unfinished)
        }
    }
}
