import MusterBase

/// The octets of hexadecimal text with a comment behind `//` in each line. Blanks are dropped; `*N` after an octet
/// repeats it N times.
func annotatedHex(_ text: String) -> [UInt8] {
    var octets: [UInt8] = []
    for line in text.split(separator: "\n") {
        let code = line.split(separator: "/", omittingEmptySubsequences: false).first ?? ""
        for word in code.split(separator: " ") {
            let parts = word.split(separator: "*")
            let bytes = parts.first.flatMap { hexBytes($0) } ?? []
            let count = parts.count == 2 ? Int(parts[1]) ?? 0 : 1
            for _ in 0..<count { octets += bytes }
        }
    }
    return octets
}

/// A generator whose numbers are the same in each run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
