/// Computes expressions for one node.
///
/// `lookUp` gives the value of another attribute of the node: nil when it is unset.
struct ExpressionEvaluation {
    /// The most octets of a result, also of a part of one.
    static let longestResult = AttributeType.longestValue

    let node: String
    let lookUp: (Attribute, Int) throws(ExpressionProblem) -> String?

    func text(of expression: Expression) throws(ExpressionProblem) -> String {
        var result = ""
        for segment in expression.segments {
            switch segment {
            case .literal(let text): result += text
            case .computed(let term, let format): result += try write(term, format)
            }
            try check(result, at: 0)
        }
        return result
    }

    private func check(_ text: String, at offset: Int) throws(ExpressionProblem) {
        guard text.utf8.count <= ExpressionEvaluation.longestResult else {
            throw ExpressionProblem(
                "the result has more than \(ExpressionEvaluation.longestResult) octets", at: offset)
        }
    }

    private func write(
        _ term: Expression.Term, _ format: FormatSpecification?
    ) throws(ExpressionProblem) -> String {
        let value = try evaluate(term)
        guard let format else { return value.text }
        if case .integer(let number) = value { return format.write(number) }
        guard format.needsInteger else { return format.write(value.text) }
        guard let number = value.integer else {
            throw ExpressionProblem("'\(value.text.prefix(40))' is no number, as the format wants it", at: term.offset)
        }
        return format.write(number)
    }

    func evaluate(_ term: Expression.Term) throws(ExpressionProblem) -> ExpressionValue {
        switch term.kind {
        case .integer(let number): return .integer(number)
        case .text(let text): return .text(text)
        case .nodeName: return .text(node)
        case .nodeNumber(let number): return .integer(try nodeNumber(number, at: term.offset))
        case .attribute(let attribute):
            guard let text = try lookUp(attribute, term.offset) else {
                throw ExpressionProblem("\(attribute.name) is not set", at: term.offset, unset: attribute)
            }
            return ExpressionValue(text, of: attribute.type)
        case .negated(let inner): return .integer(try apply(.subtract, 0, try integer(inner), at: term.offset))
        case .binary(let found, let left, let right): return try binary(found, left, right, at: term.offset)
        case .method(let method, let base, let arguments):
            return try call(method, on: base, arguments, at: term.offset)
        case .element(let base, let index): return try element(of: base, index, at: term.offset)
        case .slice(let base, let first, let last): return try slice(of: base, first, last)
        case .integerOf(let inner): return .integer(try integer(inner))
        case .textOf(let inner): return .text(try evaluate(inner).text)
        }
    }

    private func nodeNumber(_ wanted: Int, at offset: Int) throws(ExpressionProblem) -> Int {
        let found = numberInName(node, wanted)
        guard found.digits > 0 else {
            let count = found.count == 0 ? "no number" : found.count == 1 ? "one number" : "\(found.count) numbers"
            throw ExpressionProblem("there is no n\(wanted): the name '\(node)' has \(count)", at: offset)
        }
        guard found.digits <= 18 else {
            throw ExpressionProblem("the number n\(wanted) of the name '\(node)' is too large", at: offset)
        }
        return found.value
    }

    func integer(_ term: Expression.Term) throws(ExpressionProblem) -> Int {
        let value = try evaluate(term)
        guard let number = value.integer else {
            throw ExpressionProblem("'\(value.text.prefix(40))' is no number", at: term.offset)
        }
        return number
    }

    private func binary(
        _ found: Expression.Operator, _ left: Expression.Term, _ right: Expression.Term, at offset: Int
    ) throws(ExpressionProblem) -> ExpressionValue {
        guard found == .add else {
            return .integer(try apply(found, try integer(left), try integer(right), at: offset))
        }
        let first = try evaluate(left)
        let second = try evaluate(right)
        if case .text(let head) = first, case .text(let tail) = second {
            try check(head + tail, at: offset)
            return .text(head + tail)
        }
        guard let low = first.integer, let high = second.integer else {
            throw ExpressionProblem("a number and text cannot be added; str(n1) makes text of a number", at: offset)
        }
        return .integer(try apply(.add, low, high, at: offset))
    }

    /// Whole numbers; division rounds down and the remainder has the sign of the divisor.
    private func apply(
        _ found: Expression.Operator, _ left: Int, _ right: Int, at offset: Int
    ) throws(ExpressionProblem) -> Int {
        let result: (partialValue: Int, overflow: Bool)
        switch found {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide, .remainder:
            guard right != 0 else { throw ExpressionProblem("division by zero", at: offset) }
            let quotient = left.dividedReportingOverflow(by: right)
            guard !quotient.overflow else { throw ExpressionProblem("the result is too large", at: offset) }
            let rest = left % right
            let roundsUp = rest != 0 && (rest < 0) != (right < 0)
            return found == .divide
                ? quotient.partialValue - (roundsUp ? 1 : 0) : rest + (roundsUp ? right : 0)
        }
        guard !result.overflow else { throw ExpressionProblem("the result is too large", at: offset) }
        return result.partialValue
    }

    // MARK: Parts of text and lists

    private func element(
        of base: Expression.Term, _ index: Expression.Term, at offset: Int
    ) throws(ExpressionProblem) -> ExpressionValue {
        let parts = try elements(base)
        let wanted = try integer(index)
        let place = wanted < 0 ? parts.count + max(wanted, -parts.count - 1) : wanted
        guard parts.indices.contains(place) else {
            throw ExpressionProblem("there is no element \(wanted): there are \(parts.count)", at: offset)
        }
        return .text(parts[place])
    }

    private func slice(
        of base: Expression.Term, _ first: Expression.Term?, _ last: Expression.Term?
    ) throws(ExpressionProblem) -> ExpressionValue {
        let value = try evaluate(base)
        let parts = elements(value)
        func place(_ term: Expression.Term?, _ otherwise: Int) throws(ExpressionProblem) -> Int {
            guard let term else { return otherwise }
            let wanted = min(max(try integer(term), -parts.count), parts.count)
            return wanted < 0 ? parts.count + wanted : wanted
        }
        let low = try place(first, 0)
        let high = max(low, try place(last, parts.count))
        if case .list = value { return .list(Array(parts[low..<high])) }
        return .text(parts[low..<high].joined())
    }

    private func elements(_ term: Expression.Term) throws(ExpressionProblem) -> [String] {
        elements(try evaluate(term))
    }

    /// The elements of a list; the characters of anything else.
    private func elements(_ value: ExpressionValue) -> [String] {
        if case .list(let parts) = value { return parts }
        return value.text.map { String($0) }
    }
}

/// The number of a name that `wanted` asks for: 1 for the first, 0 for the last; no digits when there is none. `count`
/// is how many numbers were passed.
private func numberInName(_ name: String, _ wanted: Int) -> (value: Int, digits: Int, count: Int) {
    var value = 0
    var digits = 0
    var last = (value: 0, digits: 0)
    var count = 0
    for byte in name.utf8 {
        if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            value = value &* 10 &+ Int(byte - UInt8(ascii: "0"))
            digits += 1
        } else if digits > 0 {
            count += 1
            if count == wanted { return (value, digits, count) }
            last = (value, digits)
            value = 0
            digits = 0
        }
    }
    if digits > 0 {
        count += 1
        last = (value, digits)
    }
    return wanted == 0 || wanted == count ? (last.value, last.digits, count) : (0, 0, count)
}
