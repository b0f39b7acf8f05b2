/// Reads the text of a regular expression. What it does not know is an error, never taken for something else.
struct RegexParser {
    /// The most times that `{m,n}` may ask for.
    static let mostRepetitions = 1000

    private let scalars: [Unicode.Scalar]
    /// The octet at which each scalar begins, and the length at the end.
    private let offsets: [Int]
    private var position = 0

    private init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        var offset = 0
        var offsets = [0]
        for scalar in scalars {
            offset += Unicode.UTF8.width(scalar)
            offsets.append(offset)
        }
        self.offsets = offsets
    }

    static func read(_ text: String) throws(RegexProblem) -> RegexNode {
        var parser = RegexParser(text)
        let node = try parser.alternatives()
        guard parser.next == nil else { throw parser.problem("this ')' has no '(' before it") }
        return node
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func problem(_ text: String, at place: Int? = nil) -> RegexProblem {
        RegexProblem(text: text, offset: offsets[place ?? position])
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    // MARK: Alternatives, sequences, repetition

    private mutating func alternatives() throws(RegexProblem) -> RegexNode {
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(RegexProblem) -> RegexNode {
        var parts: [RegexNode] = []
        while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repetition()) }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repetition() throws(RegexProblem) -> RegexNode {
        let atom = try atom()
        let place = position
        guard let bounds = try quantifier() else { return atom }
        if case .assertion = atom { throw problem("there is nothing here that could be repeated", at: place) }
        // '*?' asks for the shortest match: whether there is one does not depend on that.
        _ = take("?")
        if let scalar = next, scalar == "*" || scalar == "+" || scalar == "?" || scalar == "{" {
            throw problem("'\(scalar)' cannot follow another repetition")
        }
        return .repeated(atom, minimum: bounds.minimum, maximum: bounds.maximum)
    }

    private mutating func quantifier() throws(RegexProblem) -> (minimum: Int, maximum: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        return next == "{" ? try counts() : nil
    }

    /// `{3}`, `{3,}`, `{3,5}` or `{,5}`.
    private mutating func counts() throws(RegexProblem) -> (minimum: Int, maximum: Int?) {
        let place = position
        position += 1
        let first = try number()
        var second = first
        if take(",") { second = try number() }
        guard first != nil || second != nil, take("}") else { throw problem(RegexParser.countsExpected) }
        guard (first ?? 0) <= (second ?? .max) else {
            throw problem("the smaller number comes first in {m,n}", at: place)
        }
        return (first ?? 0, second)
    }

    private static let countsExpected = "a repetition is {m}, {m,} or {m,n}; the character itself is written \\{"

    private mutating func number() throws(RegexProblem) -> Int? {
        let place = position
        var value = 0
        while let scalar = next, ScalarSet.digits.contains(scalar.value) {
            value = value * 10 + Int(scalar.value - 0x30)
            guard value <= RegexParser.mostRepetitions else {
                throw problem("at most \(RegexParser.mostRepetitions) repetitions can be asked for", at: place)
            }
            position += 1
        }
        return position > place ? value : nil
    }

    // MARK: Atoms

    private mutating func atom() throws(RegexProblem) -> RegexNode {
        let place = position
        guard let scalar = next else { throw problem("something is missing here") }
        position += 1
        switch scalar {
        case ".": return .scalars(.anyOnLine)
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case "(": return try group(from: place)
        case "[": return .scalars(try characterClass(from: place))
        case "\\": return try escape(from: place)
        case "*", "+", "?": throw problem("there is nothing before '\(scalar)' that could be repeated", at: place)
        case "{": throw problem("there is nothing before '{' that could be repeated", at: place)
        default: return .scalars(ScalarSet(scalar))
        }
    }

    private mutating func group(from place: Int) throws(RegexProblem) -> RegexNode {
        if take("?"), !take(":") {
            throw problem("'(?' is known only as (?:…): no look-around, names, flags or comments", at: place)
        }
        let content = try alternatives()
        guard take(")") else { throw problem("the ')' to this '(' is missing", at: place) }
        return content
    }

    private mutating func escape(from place: Int) throws(RegexProblem) -> RegexNode {
        if take("b") { return .assertion(.wordBoundary) }
        if take("B") { return .assertion(.noWordBoundary) }
        return .scalars(try escapedSet(from: place))
    }

    /// What follows a backslash, within brackets or not.
    private mutating func escapedSet(from place: Int) throws(RegexProblem) -> ScalarSet {
        guard let scalar = next else { throw problem("a character must follow '\\'", at: place) }
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.negated
        case "w": return .wordCharacters
        case "W": return ScalarSet.wordCharacters.negated
        case "s": return .whiteSpace
        case "S": return ScalarSet.whiteSpace.negated
        case "t": return ScalarSet("\t")
        case "n": return ScalarSet("\n")
        case "r": return ScalarSet("\r")
        default:
            guard !ScalarSet.wordCharacters.contains(scalar.value) else {
                throw problem(
                    "'\\\(scalar)' is not known: \\d \\w \\s \\D \\W \\S \\b \\B \\t \\n \\r, "
                        + "or a character that is neither letter nor digit", at: place)
            }
            return ScalarSet(scalar)
        }
    }

    // MARK: Classes

    private mutating func characterClass(from place: Int) throws(RegexProblem) -> ScalarSet {
        var set = ScalarSet()
        let isNegated = take("^")
        guard next != "]" else { throw problem("the brackets are empty; ']' itself is written \\]", at: place) }
        while !take("]") {
            guard next != nil else { throw problem("the ']' to this '[' is missing", at: place) }
            try addMember(to: &set)
        }
        return isNegated ? set.negated : set
    }

    private mutating func addMember(to set: inout ScalarSet) throws(RegexProblem) {
        let place = position
        guard let first = try member(of: &set) else { return }
        guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
            return set.insert(first.value...first.value)
        }
        position += 1
        var ignored = ScalarSet()
        guard let last = try member(of: &ignored) else {
            throw problem("a range cannot end with a class; '-' itself is written \\-", at: place)
        }
        guard first.value <= last.value else {
            throw problem("the range \(first)-\(last) runs backwards", at: place)
        }
        set.insert(first.value...last.value)
    }

    /// One character, or nil when a class such as `\d` was added.
    private mutating func member(of set: inout ScalarSet) throws(RegexProblem) -> Unicode.Scalar? {
        let place = position
        guard let scalar = next else { return nil }
        position += 1
        if scalar == "[" { throw problem("'[' within brackets is written \\[", at: place) }
        guard scalar == "\\" else { return scalar }
        let letter = next
        let escaped = try escapedSet(from: place)
        switch letter {
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "d", "D", "w", "W", "s", "S":
            set.formUnion(escaped)
            return nil
        default: return letter
        }
    }
}
