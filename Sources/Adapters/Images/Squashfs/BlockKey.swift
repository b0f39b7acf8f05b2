import Crypto
import DiskFormats
import MusterBase

/// The SHA-256 of a block before it is compressed.
struct BlockKey: Hashable, Comparable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    static let length = 32

    init(of block: [UInt8]) {
        var hash = SHA256()
        block.withUnsafeBytes { hash.update(bufferPointer: $0) }
        words = hash.finalize().withUnsafeBytes { Self.words($0) }
    }

    /// Nil when there are not 32 octets from `offset` on.
    init?(_ octets: [UInt8], at offset: Int) {
        guard offset >= 0, octets.count - offset >= Self.length else { return nil }
        words = octets.withUnsafeBytes { Self.words(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }

    var octets: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }

    /// Also depends on what the key is: the octets of one block do not pass for those of another.
    var seed: UInt64 { words.0 }

    private static func words(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64, UInt64, UInt64) {
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        return (word(0), word(1), word(2), word(3))
    }

    static func == (one: BlockKey, other: BlockKey) -> Bool { one.words == other.words }
    static func < (one: BlockKey, other: BlockKey) -> Bool { one.words < other.words }
    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// A quick sum against octets that the disk changed; none against people.
enum BlockSum {
    static func of(_ octets: [UInt8], seed: UInt64) -> UInt64 {
        var sum = seed ^ UInt64(octets.count)
        func mix(_ word: UInt64) {
            sum = (sum ^ word) &* 0x9E37_79B9_7F4A_7C15
            sum ^= sum >> 29
        }
        octets.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            for octet in bytes[offset...] { mix(UInt64(octet)) }
        }
        return sum
    }
}
