import MusterBase

/// A noderange that was read: an expression for a set of nodes, such as `rack[1-4],-n7@compute`.
///
/// The grammar is in `docs/reference/noderange.md`. Reading needs no inventory; ``expand(with:limit:)`` does, unless
/// only names and ranges are used.
public struct NodeRange: Sendable, Hashable {
    /// One operation; they are worked off from left to right.
    enum Step: Sendable, Hashable {
        case union(Operand)
        case subtract(Operand)
        case intersect(Operand)
        case first(Int)
        case skip(Int)
    }

    /// What an operation works with, and where in the text it stands.
    struct Operand: Sendable, Hashable {
        let content: Content
        /// Offset of its first octet in the text.
        let offset: Int
    }

    enum Content: Sendable, Hashable {
        /// A node, a group, or a from–to form such as `n1-n40`: which one depends on the names that exist.
        case name(String)
        /// Brackets: `n[1-3,7]`.
        case pattern(NamePattern)
        /// Nodes whose name has a match for a regular expression.
        case matching(String)
        case attribute(AttributeTest)
        case parentheses([Step])
    }

    /// A comparison such as `location.rack=7`.
    struct AttributeTest: Sendable, Hashable {
        enum Comparison: Sendable, Hashable {
            case equals
            case differs
            case matches
            case doesNotMatch
        }

        let attribute: String
        let comparison: Comparison
        let value: String
    }

    /// The text that was read.
    public let text: String
    let steps: [Step]

    /// The most names that an expansion may give, unless another limit is asked for.
    public static let standardLimit = 1_000_000

    /// Reads a noderange.
    ///
    /// - Throws: ``MusterError`` with code `invalidInput` that says at which column what is wrong and what is allowed.
    public init(_ text: String) throws(MusterError) {
        self.text = text
        var parser = NodeRangeParser(text)
        steps = try parser.parse()
    }

    /// The nodes that the expression stands for.
    ///
    /// - Parameters:
    ///   - resolver: The names and attributes that exist. Without one, every name is taken as a node that exists,
    ///     from–to forms are always ranges, and regular expressions, attributes and groups cannot be used.
    ///   - limit: The most names that any part of the expression may stand for.
    /// - Throws: ``MusterError``: `notFound` for a name that does not exist, `invalidInput` for all else.
    public func expand(
        with resolver: (any NodeRangeResolver)? = nil, limit: Int = NodeRange.standardLimit
    ) throws(MusterError) -> NodeSet {
        var evaluator = NodeRangeEvaluator(resolver: resolver, limit: limit, text: text)
        return try evaluator.expand(steps)
    }
}

extension NodeRange: CustomStringConvertible {
    public var description: String { text }
}
