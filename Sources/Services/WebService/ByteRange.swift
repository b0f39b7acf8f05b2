/// What a Range header field asks of a body (RFC 9110, section 14).
package enum ByteRange: Hashable {
    /// No range, or one that is not understood: the whole body.
    case whole
    /// Octets from the first to the last, both included.
    case part(first: Int64, last: Int64)
    case unsatisfiable

    /// Reads `bytes=0-499`, `bytes=500-` and `bytes=-500`. More than one range at once is answered with the whole.
    package init(_ field: String, size: Int64) {
        let text = field.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        let unit = text.prefix(5).map { $0 | 0x20 }
        guard text.count > 6, unit == Array("bytes".utf8), text[5] == UInt8(ascii: "=") else {
            self = .whole
            return
        }
        let parts = text.dropFirst(6).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, let first = ByteRange.number(parts[0]), let last = ByteRange.number(parts[1]) else {
            self = .whole
            return
        }
        switch (first, last) {
        case (nil, nil): self = .whole
        case (nil, let suffix?):
            self =
                suffix == 0 || size == 0
                ? .unsatisfiable : .part(first: size - min(suffix, size), last: size - 1)
        case (let first?, let last):
            if let last, last < first {
                self = .whole
            } else {
                self = first >= size ? .unsatisfiable : .part(first: first, last: min(last ?? size - 1, size - 1))
            }
        }
    }

    /// The outer optional: not a number; the inner: nothing there. Numbers too large to hold count as the largest.
    private static func number(_ digits: some Collection<UInt8>) -> Int64?? {
        guard !digits.isEmpty else { return .some(nil) }
        var value: Int64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            value = overflow || carry ? .max : sum
            if value == .max { break }
        }
        return .some(value)
    }
}
