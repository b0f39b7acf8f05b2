import TestSupport

extension SeededGenerator {
    /// The octets with one to four of them changed, and sometimes cut.
    mutating func mutated(_ octets: [UInt8]) -> [UInt8] {
        var changed = octets
        for _ in 0...Int.random(in: 0..<4, using: &self) {
            changed[Int.random(in: changed.indices, using: &self)] = .random(in: .min ... .max, using: &self)
        }
        return Bool.random(using: &self) ? changed : Array(changed.prefix(.random(in: 0...changed.count, using: &self)))
    }
}
