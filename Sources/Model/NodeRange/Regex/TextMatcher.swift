/// Searches texts for a regular expression, anywhere in them, in linear time.
///
/// A machine without going back: the set of places in the program that could be reached is taken along the text, one
/// scalar after the other. A place is entered once at most between two scalars.
package struct TextMatcher {
    /// How many places of the program were entered so far, in all texts. A set counts for each of its ranges beyond ASCII.
    package private(set) var steps = 0
    /// How many instructions the expression came to.
    package var programSize: Int { program.instructions.count }

    private let program: RegexProgram
    private var reached: [Int] = []
    private var following: [Int] = []
    private var pending: [Int] = []
    /// The round in which a place was last entered.
    private var entered: [Int]
    private var round = 0

    /// - Throws: ``RegexProblem`` with what is not understood, and at which octet of the expression.
    package init(_ expression: String) throws(RegexProblem) {
        program = try RegexProgram(try RegexParser.read(expression))
        entered = Array(repeating: 0, count: program.instructions.count)
    }

    /// Whether some part of the text matches.
    package mutating func hasMatch(in text: String) -> Bool {
        var rest = text.unicodeScalars.makeIterator()
        var previous: UInt32?
        var next = rest.next()?.value
        following.removeAll(keepingCapacity: true)
        round += 1
        while true {
            // A match can begin at each place of the text.
            if enter(0, between: previous, and: next) { return true }
            guard let scalar = next else { return false }
            swap(&reached, &following)
            following.removeAll(keepingCapacity: true)
            next = rest.next()?.value
            previous = scalar
            round += 1
            for index in reached.indices {
                let place = reached[index]
                guard case .scalars(let set) = program.instructions[place], set.contains(scalar) else { continue }
                if enter(place + 1, between: scalar, and: next) { return true }
            }
        }
    }

    /// Adds a place, and all that can be reached from it without a further scalar. True when the end is among them.
    private mutating func enter(_ place: Int, between previous: UInt32?, and next: UInt32?) -> Bool {
        pending.removeAll(keepingCapacity: true)
        pending.append(place)
        while let place = pending.popLast() {
            guard entered[place] != round else { continue }
            entered[place] = round
            steps += 1
            switch program.instructions[place] {
            case .scalars(let set):
                following.append(place)
                steps += set.width
            case .assertion(let assertion):
                if holds(assertion, previous, next) { pending.append(place + 1) }
            case .split(let one, let other):
                pending.append(other)
                pending.append(one)
            case .jump(let target): pending.append(target)
            case .match: return true
            }
        }
        return false
    }

    private func holds(_ assertion: RegexAssertion, _ previous: UInt32?, _ next: UInt32?) -> Bool {
        func isWord(_ value: UInt32?) -> Bool { value.map(ScalarSet.wordCharacters.contains) ?? false }
        return switch assertion {
        case .start: previous == nil
        case .end: next == nil
        case .wordBoundary: isWord(previous) != isWord(next)
        case .noWordBoundary: isWord(previous) == isWord(next)
        }
    }
}
