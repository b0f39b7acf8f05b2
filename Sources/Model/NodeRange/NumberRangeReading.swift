/// Why two numbers do not make a range.
struct RangeProblem: Error {
    let text: String
}

extension NumberRange {
    /// The numbers from one written number to another. Leading zeros of the first are kept: `08`–`11` is 08, 09, 10
    /// and 11.
    init(from first: WrittenNumber, to last: WrittenNumber, step: UInt64 = 1) throws(RangeProblem) {
        guard first.value <= last.value else {
            throw RangeProblem(
                text: "the range \(first.value)-\(last.value) runs backwards: the smaller number comes first")
        }
        guard step > 0 else { throw RangeProblem(text: "the step must be at least 1") }
        guard !last.isPadded || last.digits == first.digits else {
            throw RangeProblem(text: "the first and the last number have different numbers of leading zeros")
        }
        self.init(first: first.value, last: last.value, step: step, width: first.isPadded ? first.digits : 1)
    }
}

/// Reads the from–to form: `n1-n40`, `n1:n40`, `r1u1-r4u42`.
enum FromToForm {
    /// The pattern that `name` stands for; nil when it does not have this form: both halves must be the same but for
    /// their numbers.
    static func read(_ name: String) throws(RangeProblem) -> NamePattern? {
        let bytes = Array(name.utf8)
        guard let middle = separator(of: bytes) else { return nil }
        let first = NameTokens(bytes[..<middle])
        let last = NameTokens(bytes[(middle + 1)...])
        guard first.shape == last.shape, !first.numbers.isEmpty else { return nil }
        return try pattern(shape: first.shape, from: first.numbers, to: last.numbers)
    }

    /// The colon, or the hyphen in the middle: halves of the same shape have the same number of hyphens.
    private static func separator(of bytes: [UInt8]) -> Int? {
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) { return colon }
        let hyphens = bytes.indices.filter { bytes[$0] == UInt8(ascii: "-") }
        return hyphens.count % 2 == 1 ? hyphens[hyphens.count / 2] : nil
    }

    private static func pattern(
        shape: [UInt8], from first: [WrittenNumber], to last: [WrittenNumber]
    ) throws(RangeProblem) -> NamePattern {
        var pieces: [NamePattern.Piece] = []
        var literal: [UInt8] = []
        var numbers = zip(first, last).makeIterator()
        for byte in shape {
            guard byte == NameTokens.placeholder, let (low, high) = numbers.next() else {
                literal.append(byte)
                continue
            }
            if !literal.isEmpty { pieces.append(.literal(literal)) }
            literal = []
            pieces.append(.numbers([try NumberRange(from: low, to: high)]))
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        return NamePattern(pieces: pieces)
    }
}
