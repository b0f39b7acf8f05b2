/// A repeatable source of random numbers (splitmix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// The octets with one to four of them changed, and sometimes cut.
    mutating func mutated(_ octets: [UInt8]) -> [UInt8] {
        var changed = octets
        for _ in 0...Int.random(in: 0..<4, using: &self) {
            changed[Int.random(in: changed.indices, using: &self)] = .random(in: .min ... .max, using: &self)
        }
        return Bool.random(using: &self) ? changed : Array(changed.prefix(.random(in: 0...changed.count, using: &self)))
    }
}
