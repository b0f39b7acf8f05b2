import MusterBase

/// Octets that names of nodes, groups and attributes are made of; the colon is for `n1:n40`.
private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: ":"):
        true
    default: false
    }
}

extension NodeRangeParser {
    /// Reads a name, a name with brackets, or an attribute comparison.
    mutating func parseWord() throws(MusterError) -> NodeRange.Content {
        let place = offset
        var pieces: [NamePattern.Piece] = []
        var literal: [UInt8] = []
        while let byte = next {
            if byte == UInt8(ascii: "[") {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = []
                pieces.append(.numbers(try parseBrackets()))
            } else if isWordByte(byte) {
                literal.append(byte)
                offset += 1
            } else {
                break
            }
        }
        guard offset > place else { throw wordExpected() }
        if next == UInt8(ascii: "=") || next == UInt8(ascii: "!") {
            guard pieces.isEmpty else { throw error("an attribute's name cannot contain brackets", at: place) }
            return .attribute(try parseComparison(of: String(decoding: literal, as: UTF8.self)))
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        guard pieces.count == 1 || !hasColon(pieces) else {
            throw error("brackets and from:to cannot be mixed in one name", at: place)
        }
        guard longestLength(pieces) <= NamePattern.longestName else {
            throw error("a name has at most \(NamePattern.longestName) characters", at: place)
        }
        if pieces.count == 1, case .literal(let name) = pieces[0] {
            return .name(String(decoding: name, as: UTF8.self))
        }
        return .pattern(NamePattern(pieces: pieces))
    }

    private func wordExpected() -> MusterError {
        let expected = "a name, a group, a range such as n[1-4], attribute=value, ~regex or '(' is expected"
        return error(next == nil ? expected : "\(shown(at: offset)) is not allowed here: \(expected)")
    }

    private func hasColon(_ pieces: [NamePattern.Piece]) -> Bool {
        pieces.contains { piece in
            if case .literal(let text) = piece { text.contains(UInt8(ascii: ":")) } else { false }
        }
    }

    private func longestLength(_ pieces: [NamePattern.Piece]) -> Int {
        pieces.reduce(0) { length, piece in
            switch piece {
            case .literal(let text): length + text.count
            case .numbers(let ranges):
                length + (ranges.map { max($0.width, decimalDigits($0.last)) }.max() ?? 0)
            }
        }
    }

    // MARK: Brackets

    /// Reads `[1-3,7]`, with a step `[1-20:2]`.
    private mutating func parseBrackets() throws(MusterError) -> [NumberRange] {
        let opening = offset
        offset += 1
        var ranges: [NumberRange] = []
        while true {
            skipSpaces()
            ranges.append(try parseNumberRange(opening))
            skipSpaces()
            switch next {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "]"):
                offset += 1
                return ranges
            case nil: throw error("']' is missing for this '['", at: opening)
            default: throw error("\(shown(at: offset)) is not allowed in brackets: one of - : , ] is expected")
            }
        }
    }

    private mutating func parseNumberRange(_ opening: Int) throws(MusterError) -> NumberRange {
        let place = offset
        let first = try parseNumber(opening)
        var last = first
        var step: UInt64 = 1
        if next == UInt8(ascii: "-") {
            offset += 1
            last = try parseNumber(opening)
            if next == UInt8(ascii: ":") {
                offset += 1
                step = try parseNumber(opening).value
            }
        } else if next == UInt8(ascii: ":") {
            offset += 1
            last = try parseNumber(opening)
        }
        do throws(RangeProblem) {
            return try NumberRange(from: first, to: last, step: step)
        } catch {
            throw self.error(error.text, at: place)
        }
    }

    private mutating func parseNumber(_ opening: Int) throws(MusterError) -> WrittenNumber {
        let place = offset
        var value: UInt64 = 0
        while let byte = next, isDigit(byte) {
            value = value &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
            offset += 1
        }
        let digits = offset - place
        guard digits > 0 else {
            if next == nil { throw error("']' is missing for this '['", at: opening) }
            throw error("\(shown(at: offset)) is not allowed here: a number is expected in brackets, as in n[1-3,7]")
        }
        guard digits <= NamePattern.mostDigits else {
            throw error("a number has at most \(NamePattern.mostDigits) digits", at: place)
        }
        return WrittenNumber(value: value, digits: digits)
    }

    // MARK: Attributes

    private mutating func parseComparison(of attribute: String) throws(MusterError) -> NodeRange.AttributeTest {
        let place = offset
        let negated = next == UInt8(ascii: "!")
        offset += 1
        if next == UInt8(ascii: "~") {
            offset += 1
            return .init(
                attribute: attribute, comparison: negated ? .doesNotMatch : .matches, value: try parseRegex())
        }
        if negated {
            guard next == UInt8(ascii: "=") else { throw error("'!' must be followed by '=' or '~'", at: place) }
            offset += 1
        }
        return .init(attribute: attribute, comparison: negated ? .differs : .equals, value: try parseValue())
    }

    /// A value in quotes, or one that ends before an operator or white space.
    private mutating func parseValue() throws(MusterError) -> String {
        if let quoted = try parseQuoted() { return quoted }
        let place = offset
        while let byte = next, !isOperator(byte), byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") {
            guard byte != UInt8(ascii: "\""), byte != UInt8(ascii: "'"), byte != UInt8(ascii: "(") else {
                throw error("\(shown(at: offset)) is not allowed in a value: put the whole value in quotes")
            }
            offset += 1
        }
        return String(decoding: bytes[place..<offset], as: UTF8.self)
    }
}
