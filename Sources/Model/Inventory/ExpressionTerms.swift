import MusterBase

extension ExpressionParser {
    /// A value with the methods, indices and slices behind it.
    mutating func parsePostfix() throws(ExpressionProblem) -> Expression.Term {
        var term = try parsePrimary()
        while true {
            try countTerm()
            let place = offset
            if take(".") {
                let name = readWord()
                guard take("(") else {
                    throw ExpressionProblem("a method such as .upper() is expected", at: place + 1)
                }
                term = try parseMethod(name, of: term, at: place + 1)
            } else if take("[") {
                term = try parseSubscript(of: term, at: place)
            } else {
                return term
            }
        }
    }

    private mutating func parsePrimary() throws(ExpressionProblem) -> Expression.Term {
        let place = offset
        guard let byte = next else { throw ExpressionProblem("a value is expected", at: place) }
        switch byte {
        case UInt8(ascii: "("):
            offset += 1
            let inner = try parseSum()
            skipSpaces()
            guard take(")") else { throw ExpressionProblem("')' is missing for this '('", at: place) }
            return inner
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            return .init(kind: .text(try parseText(byte)), offset: place)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .init(kind: .integer(try parseInteger()), offset: place)
        default:
            return try parseName()
        }
    }

    private mutating func parseText(_ quote: UInt8) throws(ExpressionProblem) -> String {
        let place = offset
        guard let end = bytes[(offset + 1)...].firstIndex(of: quote) else {
            throw ExpressionProblem("the closing quote is missing", at: place)
        }
        offset = end + 1
        return String(decoding: bytes[(place + 1)..<end], as: UTF8.self)
    }

    private mutating func parseInteger() throws(ExpressionProblem) -> Int {
        let place = offset
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
        guard let value = Int(String(decoding: bytes[place..<offset], as: UTF8.self)) else {
            throw ExpressionProblem("the number is too large", at: place)
        }
        return value
    }

    /// Letters, digits, underscores.
    private mutating func readWord() -> String {
        let place = offset
        while let byte = next, isLetterOrDigit(byte) || byte == UInt8(ascii: "_") { offset += 1 }
        return String(decoding: bytes[place..<offset], as: UTF8.self)
    }

    // MARK: Names

    /// `node`, `n1`, `int(…)`, or an attribute such as `id.serial`, with or without a method behind it.
    private mutating func parseName() throws(ExpressionProblem) -> Expression.Term {
        let place = offset
        var name = readWord()
        guard !name.isEmpty else {
            throw ExpressionProblem("a number, n1, node, an attribute, text in quotes or '(' is expected", at: place)
        }
        if peek("("), name == "int" || name == "str" { return try parseConversion(name, at: place) }
        if name == "node" || name == "nodename" { return .init(kind: .nodeName, offset: place) }
        if let number = nodeNumber(name) { return .init(kind: .nodeNumber(number), offset: place) }
        while peek(".") {
            let dot = offset
            offset += 1
            let word = readWord()
            if peek("(") {
                offset = dot
                break
            }
            name += "." + word
        }
        do throws(MusterError) {
            return .init(kind: .attribute(try registry.attribute(name)), offset: place)
        } catch {
            throw ExpressionProblem(error.message, at: place)
        }
    }

    private func nodeNumber(_ name: String) -> Int? {
        guard name.hasPrefix("n"), name.utf8.count <= 3, let number = Int(name.dropFirst()), number >= 0 else {
            return nil
        }
        return number
    }

    private mutating func parseConversion(_ name: String, at place: Int) throws(ExpressionProblem) -> Expression.Term {
        offset += 1
        let arguments = try parseArguments(opening: offset - 1)
        guard arguments.count == 1 else { throw ExpressionProblem("\(name)() takes one argument", at: place) }
        return .init(kind: name == "int" ? .integerOf(arguments[0]) : .textOf(arguments[0]), offset: place)
    }

    // MARK: Methods and indices

    private mutating func parseMethod(
        _ name: String, of term: Expression.Term, at place: Int
    ) throws(ExpressionProblem) -> Expression.Term {
        guard let method = Expression.Method(rawValue: name) else {
            let known = Expression.Method.allCases.map(\.rawValue).joined(separator: ", ")
            throw ExpressionProblem("there is no method '\(name)'; there are \(known)", at: place)
        }
        let arguments = try parseArguments(opening: offset - 1)
        guard method.arity.contains(arguments.count) else {
            let most = method.arity.upperBound
            throw ExpressionProblem("\(name)() takes \(most) argument\(most == 1 ? "" : "s")", at: place)
        }
        return .init(kind: .method(method, term, arguments), offset: place)
    }

    /// The arguments and the closing parenthesis.
    private mutating func parseArguments(opening: Int) throws(ExpressionProblem) -> [Expression.Term] {
        var arguments: [Expression.Term] = []
        skipSpaces()
        if take(")") { return [] }
        while true {
            arguments.append(try parseSum())
            skipSpaces()
            if take(")") { return arguments }
            guard take(",") else { throw ExpressionProblem("')' is missing for this '('", at: opening) }
        }
    }

    private mutating func parseSubscript(
        of term: Expression.Term, at place: Int
    ) throws(ExpressionProblem) -> Expression.Term {
        skipSpaces()
        let first = peek(":") ? nil : try parseSum()
        skipSpaces()
        if take(":") {
            skipSpaces()
            let last = peek("]") ? nil : try parseSum()
            skipSpaces()
            guard take("]") else { throw ExpressionProblem("']' is missing for this '['", at: place) }
            return .init(kind: .slice(term, first, last), offset: place)
        }
        guard let first, take("]") else { throw ExpressionProblem("']' is missing for this '['", at: place) }
        return .init(kind: .element(term, first), offset: place)
    }
}
