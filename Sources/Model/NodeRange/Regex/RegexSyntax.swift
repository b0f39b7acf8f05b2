/// What a regular expression says, as a tree.
indirect enum RegexNode {
    case empty
    case scalars(ScalarSet)
    case assertion(RegexAssertion)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    /// - maximum: nil stands for no upper bound.
    case repeated(RegexNode, minimum: Int, maximum: Int?)

    /// How many instructions the program of this has at most, counted before any is made; what is empty counts as one.
    /// Repetition copies its content, so a short text can stand for a program of any size.
    var size: Int {
        switch self {
        case .empty, .scalars, .assertion: 1
        case .sequence(let parts): parts.reduce(1) { saturated($0, $1.size) }
        case .alternatives(let parts): parts.reduce(1) { saturated($0, saturated($1.size, 2)) }
        case .repeated(let content, let minimum, let maximum):
            // Each copy that may be left out has a split before it, and a loop a jump besides.
            saturated(
                saturated(content.size, 0, times: minimum),
                maximum.map { saturated(content.size, 1, times: $0 - minimum) } ?? saturated(content.size, 2))
        }
    }
}

/// What holds between two characters.
enum RegexAssertion {
    case start
    case end
    case wordBoundary
    case noWordBoundary
}

/// What is wrong with a regular expression, and at which octet of it.
package struct RegexProblem: Error {
    package let text: String
    package let offset: Int
}

private func saturated(_ first: Int, _ second: Int, times factor: Int = 1) -> Int {
    let (sum, tooLarge) = first.addingReportingOverflow(second)
    let (product, overflow) = sum.multipliedReportingOverflow(by: factor)
    return tooLarge || overflow ? .max : product
}
