extension ExpressionEvaluation {
    func call(
        _ method: Expression.Method, on base: Expression.Term, _ terms: [Expression.Term], at offset: Int
    ) throws(ExpressionProblem) -> ExpressionValue {
        let text = try evaluate(base).text
        var arguments: [String] = []
        for term in terms { arguments.append(try evaluate(term).text) }
        let first = arguments.first ?? ""
        switch method {
        case .upper: return .text(text.uppercased())
        case .lower: return .text(text.lowercased())
        case .strip: return .text(strip(text, arguments.first, left: true, right: true))
        case .lstrip: return .text(strip(text, arguments.first, left: true, right: false))
        case .rstrip: return .text(strip(text, arguments.first, left: false, right: true))
        case .removeprefix: return .text(text.hasPrefix(first) ? String(text.dropFirst(first.count)) : text)
        case .removesuffix: return .text(text.hasSuffix(first) ? String(text.dropLast(first.count)) : text)
        case .replace, .split:
            guard !first.isEmpty else {
                throw ExpressionProblem("\(method.rawValue)() wants text that is not empty", at: offset)
            }
            let parts = pieces(of: text, between: first)
            if method == .split { return .list(parts) }
            let (most, overflow) = parts.count.multipliedReportingOverflow(by: arguments[1].utf8.count)
            guard !overflow, most <= ExpressionEvaluation.longestResult else {
                throw ExpressionProblem("the result is too long", at: offset)
            }
            return .text(parts.joined(separator: arguments[1]))
        }
    }

    /// Takes characters off the ends: those of `set`, or blanks.
    private func strip(_ text: String, _ set: String?, left: Bool, right: Bool) -> String {
        func isStripped(_ character: Character) -> Bool {
            set.map { $0.contains(character) } ?? character.isWhitespace
        }
        var rest = text[...]
        while left, let first = rest.first, isStripped(first) { rest.removeFirst() }
        while right, let last = rest.last, isStripped(last) { rest.removeLast() }
        return String(rest)
    }

    /// The parts of a text before, between and behind a separator that is not empty.
    private func pieces(of text: String, between separator: String) -> [String] {
        let bytes = Array(text.utf8)
        let mark = Array(separator.utf8)
        var parts: [String] = []
        var start = 0
        var index = 0
        while index + mark.count <= bytes.count {
            if bytes[index..<index + mark.count].elementsEqual(mark) {
                parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
                index += mark.count
                start = index
            } else {
                index += 1
            }
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }
}
