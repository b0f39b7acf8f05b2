/// One run of numbers: `first`, `first + step`, … up to `last`, each written with at least `width` digits.
struct NumberRange: Hashable, Sendable {
    let first: UInt64
    let last: UInt64
    let step: UInt64
    /// 1 for numbers without padding.
    let width: Int

    /// How many numbers. `last` has at most 18 digits and the step is at least 1, so it fits.
    var count: Int { Int((last - first) / step) + 1 }
}

/// A name in which numbers vary: literal text and lists of numbers in turn.
struct NamePattern: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case literal([UInt8])
        case numbers([NumberRange])
    }

    /// The longest name that a pattern may stand for, in octets.
    static let longestName = 255
    /// The most digits that a number in a name may have to be counted with; longer runs are plain text.
    static let mostDigits = 18

    let pieces: [Piece]

    /// How many names, repeated ones included; nil when the count does not fit an integer.
    var count: Int? {
        var total = 1
        for case .numbers(let ranges) in pieces {
            var sum = 0
            for range in ranges {
                let (next, overflow) = sum.addingReportingOverflow(range.count)
                if overflow { return nil }
                sum = next
            }
            let (product, overflow) = total.multipliedReportingOverflow(by: sum)
            if overflow { return nil }
            total = product
        }
        return total
    }

    /// All names, last number varying fastest. The caller has checked ``count``.
    func names() -> [String] {
        var names: [String] = []
        names.reserveCapacity(count ?? 0)
        var buffer: [UInt8] = []
        appendNames(from: 0, &buffer, &names)
        return names
    }

    /// True when ``names()`` gives each name once and in natural order, without a look at them.
    var isAscending: Bool {
        var numbersSeen = 0
        for case .numbers(let ranges) in pieces {
            numbersSeen += 1
            guard numbersSeen == 1, ranges.count == 1 else { return false }
        }
        // A digit in the text beside the number makes a longer number with it.
        return !pieces.contains {
            if case .literal(let text) = $0 { return text.first.map(isDigit) == true || text.last.map(isDigit) == true }
            return false
        }
    }

    private func appendNames(from index: Int, _ buffer: inout [UInt8], _ names: inout [String]) {
        guard index < pieces.count else {
            names.append(String(decoding: buffer, as: UTF8.self))
            return
        }
        let length = buffer.count
        switch pieces[index] {
        case .literal(let text):
            buffer.append(contentsOf: text)
            appendNames(from: index + 1, &buffer, &names)
            buffer.removeLast(buffer.count - length)
        case .numbers(let ranges):
            for range in ranges {
                for number in stride(from: range.first, through: range.last, by: Int(range.step)) {
                    appendDecimal(number, width: range.width, to: &buffer)
                    appendNames(from: index + 1, &buffer, &names)
                    buffer.removeLast(buffer.count - length)
                }
            }
        }
    }
}

/// Appends the digits of `number`, with zeros in front up to `width`.
func appendDecimal(_ number: UInt64, width: Int, to buffer: inout [UInt8]) {
    let start = buffer.count
    var rest = number
    repeat {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
        rest = quotient
    } while rest > 0
    while buffer.count - start < width { buffer.append(UInt8(ascii: "0")) }
    var low = start
    var high = buffer.count - 1
    while low < high {
        buffer.swapAt(low, high)
        low += 1
        high -= 1
    }
}
