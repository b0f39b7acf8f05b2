/// A regular expression as instructions of a Thompson machine. Every way through it is followed at the same time, so
/// that the work grows with length of program times length of text, whatever the expression is.
struct RegexProgram {
    /// The most instructions of a program. With the longest value this bounds the work of one match.
    static let longest = 1000

    enum Instruction {
        case scalars(ScalarSet)
        case assertion(RegexAssertion)
        /// Goes on at both places.
        case split(Int, Int)
        case jump(Int)
        case match
    }

    private(set) var instructions: [Instruction] = []

    init(_ node: RegexNode) throws(RegexProblem) {
        guard node.size < RegexProgram.longest else {
            throw RegexProblem(text: "the repetitions ask for too much", offset: 0)
        }
        emit(node)
        instructions.append(.match)
    }

    private mutating func emit(_ node: RegexNode) {
        switch node {
        case .empty: break
        case .scalars(let set): instructions.append(.scalars(set))
        case .assertion(let assertion): instructions.append(.assertion(assertion))
        case .sequence(let parts): for part in parts { emit(part) }
        case .alternatives(let parts): emit(alternatives: parts[...])
        case .repeated(let content, let minimum, let maximum):
            for _ in 0..<minimum { emit(content) }
            guard let maximum else { return emit(endless: content) }
            emit(optional: content, times: maximum - minimum)
        }
    }

    private mutating func emit(alternatives parts: ArraySlice<RegexNode>) {
        var jumps: [Int] = []
        for part in parts.dropLast() {
            let split = reserve()
            emit(part)
            jumps.append(reserve())
            instructions[split] = .split(split + 1, instructions.count)
        }
        if let last = parts.last { emit(last) }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    private mutating func emit(endless content: RegexNode) {
        let split = reserve()
        emit(content)
        instructions.append(.jump(split))
        instructions[split] = .split(split + 1, instructions.count)
    }

    /// Each of the copies may be the last.
    private mutating func emit(optional content: RegexNode, times: Int) {
        var splits: [Int] = []
        for _ in 0..<max(0, times) {
            splits.append(reserve())
            emit(content)
        }
        for split in splits { instructions[split] = .split(split + 1, instructions.count) }
    }

    private mutating func reserve() -> Int {
        instructions.append(.match)
        return instructions.count - 1
    }
}
