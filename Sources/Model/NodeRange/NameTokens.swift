/// A number as it stands in a name.
struct WrittenNumber: Hashable, Sendable {
    let value: UInt64
    /// How many digits it is written with, leading zeros included.
    let digits: Int

    /// True for `007`, not for `0` or `7`.
    var isPadded: Bool { digits > decimalDigits(value) }
}

func decimalDigits(_ value: UInt64) -> Int {
    var digits = 1
    var rest = value / 10
    while rest > 0 {
        digits += 1
        rest /= 10
    }
    return digits
}

/// A name cut at its numbers. Numbers of more than ``NamePattern/mostDigits`` digits stay in the text.
struct NameTokens {
    /// The text with each number replaced by one zero octet, which no name contains.
    private(set) var shape: [UInt8] = []
    private(set) var numbers: [WrittenNumber] = []

    static let placeholder: UInt8 = 0

    init() {}

    init(_ text: some Collection<UInt8>) { read(text) }

    /// Cuts another name; keeps the storage.
    mutating func read(_ text: some Collection<UInt8>) {
        shape.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        var value: UInt64 = 0
        var digits = 0
        for byte in text {
            if isDigit(byte) {
                // Beyond 18 digits only the count matters; wrapping keeps it from trapping.
                value = value &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
                digits += 1
                shape.append(byte)
            } else {
                endNumber(value, &digits)
                value = 0
                shape.append(byte)
            }
        }
        endNumber(value, &digits)
    }

    private mutating func endNumber(_ value: UInt64, _ digits: inout Int) {
        guard digits > 0 else { return }
        if digits <= NamePattern.mostDigits {
            shape.removeLast(digits)
            shape.append(NameTokens.placeholder)
            numbers.append(WrittenNumber(value: value, digits: digits))
        }
        digits = 0
    }
}
