import LinuxSystem
import MusterBase

/// Blocks that were compressed before, so that packing again compresses only what changed.
///
/// It is a convenience: a file that is missing, damaged or made with another level or libzstd is as good as none, and what
/// comes out of it is checked. A block that does not pass is compressed anew.
struct BlockCache: Sendable {
    private let file: RandomAccessFile?
    /// Sorted by key.
    private let entries: [BlockCacheFormat.Entry]

    /// Reads the index of the file.
    init(_ path: String, level: Int) {
        let opened = try? Self.open(path, level: level)
        file = opened?.file
        entries = opened?.entries ?? []
    }

    /// The block of this key, when it is there and whole.
    func block(_ key: BlockKey) -> PackedBlock? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].key < key { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, entries[low].key == key, let file else { return nil }
        let entry = entries[low]
        let octets = (try? file.read(at: entry.offset, exactly: Int(entry.length))) ?? []
        guard BlockSum.of(octets, seed: key.seed) == entry.sum else { return nil }
        return PackedBlock(key: key, compressed: entry.length == 0 ? nil : octets, sum: entry.sum)
    }

    private static func open(
        _ path: String, level: Int
    ) throws -> (file: RandomAccessFile, entries: [BlockCacheFormat.Entry]) {
        typealias Format = BlockCacheFormat
        let wrong = MusterError(.malformed, "\(path) is no file of compressed blocks of this level")
        let file = try RandomAccessFile(path)
        guard let size = Files.size(path), size >= Int64(Format.headLength + Format.tailLength),
            try file.read(at: 0, exactly: Format.headLength) == Format.head(level: level)
        else { throw wrong }
        let tailStart = UInt64(size) - UInt64(Format.tailLength)
        var tail = ByteReader(try file.read(at: tailStart, exactly: Format.tailLength), of: path)
        let offset: UInt64 = try tail.readInteger()
        let count: UInt64 = try tail.readInteger()
        let sum: UInt64 = try tail.readInteger()
        guard try tail.readInteger(as: UInt64.self) == Format.tailMagic, offset <= tailStart,
            count <= tailStart / UInt64(Format.entryLength),
            count * UInt64(Format.entryLength) == tailStart - offset
        else { throw wrong }
        let index = try file.read(at: offset, exactly: Int(tailStart - offset))
        guard BlockSum.of(index, seed: 0) == sum else { throw wrong }
        return (file, try Format.entries(index, before: offset))
    }
}
