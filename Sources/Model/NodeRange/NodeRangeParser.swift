import MusterBase

/// Reads the text of a noderange into steps. Works on octets; every error points at its column.
struct NodeRangeParser {
    /// How deep parentheses may be nested.
    static let deepestNesting = 64

    let text: String
    let bytes: [UInt8]
    var offset = 0
    private var depth = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    func error(_ problem: String, at place: Int? = nil) -> MusterError {
        noderangeError(text, at: place ?? offset, problem)
    }

    mutating func skipSpaces() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { offset += 1 }
    }

    mutating func parse() throws(MusterError) -> [NodeRange.Step] {
        skipSpaces()
        guard next != nil else {
            throw MusterError(
                .invalidInput, "the noderange is empty: a name, a group, a range such as n[1-4] or ~regex is expected")
        }
        let steps = try parseSteps()
        guard next == nil else { throw error("')' without a '(' before it") }
        return steps
    }

    /// Reads up to the end or to a closing parenthesis.
    private mutating func parseSteps() throws(MusterError) -> [NodeRange.Step] {
        skipSpaces()
        var steps: [NodeRange.Step] = [.union(try parseSetOperand())]
        while true {
            skipSpaces()
            guard let byte = next, byte != UInt8(ascii: ")") else { return steps }
            let place = offset
            offset += 1
            switch byte {
            case UInt8(ascii: ","):
                skipSpaces()
                if next == UInt8(ascii: "-") {
                    offset += 1
                    steps.append(.subtract(try parseSetOperand()))
                } else {
                    steps.append(.union(try parseSetOperand()))
                }
            case UInt8(ascii: "@"): steps.append(.intersect(try parseOperand()))
            case UInt8(ascii: ">"): steps.append(.first(try parseCount()))
            case UInt8(ascii: "<"): steps.append(.skip(try parseCount()))
            default:
                throw error(
                    "\(shown(at: place)) is not allowed here: one of , ,- @ > < or the end is expected", at: place)
            }
        }
    }

    /// `@failed` is what `failed` is: where there is nothing on the left to intersect with, the sign only says that a
    /// set is meant.
    private mutating func parseSetOperand() throws(MusterError) -> NodeRange.Operand {
        skipSpaces()
        if next == UInt8(ascii: "@") { offset += 1 }
        return try parseOperand()
    }

    private mutating func parseOperand() throws(MusterError) -> NodeRange.Operand {
        skipSpaces()
        let place = offset
        switch next {
        case UInt8(ascii: "("):
            guard depth < NodeRangeParser.deepestNesting else {
                throw error("more than \(NodeRangeParser.deepestNesting) parentheses inside each other")
            }
            offset += 1
            depth += 1
            let steps = try parseSteps()
            guard next == UInt8(ascii: ")") else { throw error("')' is missing for this '('", at: place) }
            offset += 1
            depth -= 1
            return .init(content: .parentheses(steps), offset: place)
        case UInt8(ascii: "~"):
            offset += 1
            return .init(content: .matching(try parseRegex()), offset: place)
        case UInt8(ascii: "-"):
            throw error("a name cannot begin with '-'; to leave nodes out, write what to take first: everything,-n1")
        default:
            return .init(content: try parseWord(), offset: place)
        }
    }

    private mutating func parseCount() throws(MusterError) -> Int {
        skipSpaces()
        let place = offset
        while let byte = next, isDigit(byte) { offset += 1 }
        guard offset > place else { throw error("a number of nodes is expected", at: place) }
        guard let count = Int(String(decoding: bytes[place..<offset], as: UTF8.self)) else {
            throw error("the number is too large", at: place)
        }
        return count
    }

    /// The character at a place, for a message.
    func shown(at place: Int) -> String {
        guard place < bytes.count else { return "the end" }
        guard let character = String(decoding: bytes[place...].prefix(16), as: UTF8.self).first else { return "it" }
        return character.isWhitespace || character == "\0" ? "white space" : "'\(character)'"
    }
}
