/// Cuts content where the content itself says so, so that what is put in or taken out changes only the chunks around it.
///
/// FastCDC (Xia et al., USENIX ATC 2016): a gear hash over the last 64 octets, with a stricter condition before the
/// average length and a looser one behind it. The table and the lengths are part of the form of stored images: others
/// cut the same content elsewhere, and nothing would be found again.
public struct ContentChunker: Sendable {
    /// In octets. Only the last chunk of a content is shorter than `minimum`.
    public let minimum: Int
    public let maximum: Int
    private let average: Int
    private let strict: UInt64
    private let loose: UInt64

    /// The chunks of images: 64 to 256 KiB, 128 KiB mostly.
    public static let images = ContentChunker(minimum: 64 << 10, averageBits: 17, maximum: 256 << 10)

    /// - Parameter averageBits: chunks are about 2 to the power of this long; 2 to 60.
    public init(minimum: Int, averageBits: Int, maximum: Int) {
        let bits = UInt64(min(60, max(2, averageBits)))
        self.minimum = max(1, minimum)
        self.maximum = max(self.minimum, maximum)
        average = min(self.maximum, max(self.minimum, 1 << Int(bits)))
        strict = ~(UInt64.max >> (bits + 2))
        loose = ~(UInt64.max >> (bits - 2))
    }

    /// The length of the first chunk of `bytes`, which are at least ``maximum`` octets or all that is left.
    public func firstLength(of bytes: UnsafeRawBufferPointer) -> Int {
        let count = min(bytes.count, maximum)
        guard count > minimum else { return count }
        return Self.gear.withUnsafeBufferPointer { gear in
            var hash: UInt64 = 0
            var offset = minimum
            let middle = min(count, average)
            while offset < middle {
                hash = hash << 1 &+ gear[Int(bytes[offset])]
                if hash & strict == 0 { return offset + 1 }
                offset += 1
            }
            while offset < count {
                hash = hash << 1 &+ gear[Int(bytes[offset])]
                if hash & loose == 0 { return offset + 1 }
                offset += 1
            }
            return count
        }
    }

    /// One number for each octet, from SplitMix64 (Steele et al., 2014) with the seed 0.
    private static let gear: [UInt64] = {
        var state: UInt64 = 0
        return (0..<256).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }()
}
