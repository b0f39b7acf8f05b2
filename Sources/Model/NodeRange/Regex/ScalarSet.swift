/// A set of Unicode scalars: one that stands for itself, `.`, or a class in brackets.
struct ScalarSet {
    /// One bit for each of ASCII's characters.
    private var low: (UInt64, UInt64) = (0, 0)
    private var high: [ClosedRange<UInt32>] = []
    private var isNegated = false

    init(_ ranges: [ClosedRange<UInt32>] = []) { for range in ranges { insert(range) } }

    init(_ scalar: Unicode.Scalar) { insert(scalar.value...scalar.value) }

    static let digits = ScalarSet([0x30...0x39])
    static let wordCharacters = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let whiteSpace = ScalarSet([0x09...0x0D, 0x20...0x20])
    /// What `.` stands for: all but the ends of lines.
    static let anyOnLine = ScalarSet([0x0A...0x0A, 0x0D...0x0D]).negated

    /// How many ranges beyond ASCII a look-up may have to go through.
    var width: Int { high.count }

    var negated: ScalarSet {
        var result = self
        result.isNegated.toggle()
        return result
    }

    mutating func insert(_ range: ClosedRange<UInt32>) {
        for value in range.clamped(to: 0...127) where range.contains(value) {
            if value < 64 { low.0 |= 1 << UInt64(value) } else { low.1 |= 1 << UInt64(value - 64) }
        }
        if range.upperBound > 127 { high.append(max(128, range.lowerBound)...range.upperBound) }
    }

    /// Adds what is in another set.
    mutating func formUnion(_ other: ScalarSet) {
        guard other.isNegated else {
            low = (low.0 | other.low.0, low.1 | other.low.1)
            high += other.high
            return
        }
        // Only the negations of ASCII's own classes come here: nothing beyond ASCII is left out.
        low = (low.0 | ~other.low.0, low.1 | ~other.low.1)
        high.append(128...0x10FFFF)
    }

    func contains(_ value: UInt32) -> Bool {
        let isListed =
            value < 64
            ? low.0 & (1 << UInt64(value)) != 0
            : value < 128 ? low.1 & (1 << UInt64(value - 64)) != 0 : high.contains { $0.contains(value) }
        return isListed != isNegated
    }
}
