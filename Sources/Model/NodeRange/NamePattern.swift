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

    /// True when ``names()`` gives each name once and in natural order, without a look at them: each list of numbers
    /// grows, and text that does not end in digits stands between two of them.
    var isAscending: Bool {
        var followsNumber = false
        for piece in pieces {
            switch piece {
            case .literal(let text):
                guard text.first.map(isDigit) == false, text.last.map(isDigit) == false else { return false }
                followsNumber = false
            case .numbers(let ranges):
                guard !followsNumber, zip(ranges, ranges.dropFirst()).allSatisfy({ $0.last < $1.first }) else {
                    return false
                }
                followsNumber = true
            }
        }
        return true
    }

    private func appendNames(from index: Int, _ buffer: inout [UInt8], _ names: inout [String]) {
        guard index < pieces.count else {
            names.append(buffer.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
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
                appendDecimal(range.first, width: range.width, to: &buffer)
                for _ in 1..<range.count {
                    if index + 1 == pieces.count {
                        names.append(buffer.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
                    } else {
                        let end = buffer.count
                        appendNames(from: index + 1, &buffer, &names)
                        buffer.removeLast(buffer.count - end)
                    }
                    addDecimal(range.step, to: &buffer, from: length)
                }
                appendNames(from: index + 1, &buffer, &names)
                buffer.removeLast(buffer.count - length)
            }
        }
    }
}

/// Adds to the number whose digits stand at the end of `buffer` from `start` on.
private func addDecimal(_ step: UInt64, to buffer: inout [UInt8], from start: Int) {
    var carry = step
    var place = buffer.count
    while carry > 0, place > start {
        place -= 1
        let sum = carry &+ UInt64(buffer[place] &- UInt8(ascii: "0"))
        // One is the usual step: most additions end at the first digit.
        if sum < 10 {
            buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: sum)
            return
        }
        buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: sum % 10)
        carry = sum / 10
    }
    while carry > 0 {
        buffer.insert(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: carry % 10), at: start)
        carry /= 10
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
