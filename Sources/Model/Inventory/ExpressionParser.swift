import MusterBase

/// Reads the text of an expression. Works on octets.
struct ExpressionParser {
    /// How deep parentheses, brackets and signs may be nested.
    static let deepestNesting = 32
    /// The most values and operations together: what bounds the depth of the tree that is worked off.
    static let mostTerms = 256

    let bytes: [UInt8]
    let registry: AttributeRegistry
    var offset = 0
    var depth = 0
    private var terms = 0

    init(_ text: String, registry: AttributeRegistry) {
        bytes = Array(text.utf8)
        self.registry = registry
    }

    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    func peek(_ ascii: Unicode.Scalar) -> Bool { next == UInt8(ascii: ascii) }

    mutating func take(_ ascii: Unicode.Scalar) -> Bool {
        guard peek(ascii) else { return false }
        offset += 1
        return true
    }

    mutating func countTerm() throws(ExpressionProblem) {
        terms += 1
        guard terms <= ExpressionParser.mostTerms else {
            throw ExpressionProblem("more than \(ExpressionParser.mostTerms) values and operations", at: offset)
        }
    }

    mutating func skipSpaces() { while peek(" ") { offset += 1 } }

    mutating func parse() throws(ExpressionProblem) -> [Expression.Segment] {
        guard bytes.count <= Expression.longestText else {
            throw ExpressionProblem("it has more than \(Expression.longestText) octets", at: 0)
        }
        var segments: [Expression.Segment] = []
        var literal: [UInt8] = []
        while let byte = next {
            let isBrace = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
            let isDoubled = offset + 1 < bytes.count && bytes[offset + 1] == byte
            if isBrace, !isDoubled {
                guard byte == UInt8(ascii: "{") else {
                    throw ExpressionProblem("'}' without a '{' before it; '}}' stands for a plain brace", at: offset)
                }
                if !literal.isEmpty { segments.append(.literal(String(decoding: literal, as: UTF8.self))) }
                literal = []
                segments.append(try parseBraces())
            } else {
                literal.append(byte)
                offset += isBrace ? 2 : 1
            }
        }
        if !literal.isEmpty { segments.append(.literal(String(decoding: literal, as: UTF8.self))) }
        return segments
    }

    private mutating func parseBraces() throws(ExpressionProblem) -> Expression.Segment {
        let opening = offset
        offset += 1
        let term: Expression.Term
        do throws(ExpressionProblem) {
            term = try parseSum()
        } catch {
            // What is wrong with text that never was meant to be within braces helps nobody.
            guard isClosed(opening) else { throw missingBrace(opening) }
            throw error
        }
        var format: FormatSpecification?
        if take(":") { format = try parseFormat() }
        skipSpaces()
        guard take("}") else {
            guard next != nil, isClosed(opening) else { throw missingBrace(opening) }
            throw ExpressionProblem("an operator + - * / %, ':' and a format, or '}' is expected", at: offset)
        }
        return .computed(term, format)
    }

    /// Whether a closing brace comes before another opening one.
    private func isClosed(_ opening: Int) -> Bool {
        let brace = bytes[(opening + 1)...].first { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }
        return brace == UInt8(ascii: "}")
    }

    private func missingBrace(_ opening: Int) -> ExpressionProblem {
        ExpressionProblem("'}' is missing for this '{'", at: opening)
    }

    private mutating func parseFormat() throws(ExpressionProblem) -> FormatSpecification {
        let start = offset
        while let byte = next, byte != UInt8(ascii: "}") { offset += 1 }
        guard let format = FormatSpecification(bytes[start..<offset]) else {
            throw ExpressionProblem("a format such as 03d, x, 02X or >8 is expected", at: start)
        }
        return format
    }

    // MARK: Sums and products

    mutating func parseSum() throws(ExpressionProblem) -> Expression.Term {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ExpressionParser.deepestNesting else {
            throw ExpressionProblem("more than \(ExpressionParser.deepestNesting) levels inside each other", at: offset)
        }
        var left = try parseProduct()
        while true {
            skipSpaces()
            let place = offset
            let found: Expression.Operator
            if take("+") { found = .add } else if take("-") { found = .subtract } else { return left }
            left = .init(kind: .binary(found, left, try parseProduct()), offset: place)
        }
    }

    private mutating func parseProduct() throws(ExpressionProblem) -> Expression.Term {
        var left = try parseSigned()
        while true {
            skipSpaces()
            let place = offset
            let found: Expression.Operator
            if take("*") {
                found = .multiply
            } else if take("/") {
                _ = take("/")
                found = .divide
            } else if take("%") {
                found = .remainder
            } else {
                return left
            }
            left = .init(kind: .binary(found, left, try parseSigned()), offset: place)
        }
    }

    private mutating func parseSigned() throws(ExpressionProblem) -> Expression.Term {
        skipSpaces()
        let place = offset
        guard take("-") else { return try parsePostfix() }
        skipSpaces()
        return .init(kind: .negated(try parsePostfix()), offset: place)
    }
}
