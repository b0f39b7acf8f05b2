/// A generator of numbers that depend on nothing but its seed: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014). Good for plans, not for secrets.
public struct SeededRandom: RandomNumberGenerator, Sendable, Hashable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// A generator of its own for the thing with that number: what one thing draws does not move the others.
    public init(seed: UInt64, stream: UInt64) {
        var mixer = SeededRandom(seed: seed)
        var other = SeededRandom(seed: stream &+ 0x5851_F42D_4C95_7F2D)
        state = mixer.next() ^ other.next()
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// True in that share of all cases; 0 draws nothing.
    mutating func chance(_ share: Double) -> Bool {
        guard share > 0 else { return false }
        return Double(next() >> 11) * 0x1p-53 < share
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count { withUnsafeBytes(of: next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }
}
