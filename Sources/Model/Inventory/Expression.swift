import MusterBase

/// A value with parts in braces that are computed for each node: `10.1.{n1}.{n2+1}`.
public final class Expression: Sendable {
    /// Literal text or something to compute.
    enum Segment: Sendable {
        case literal(String)
        case computed(Term, FormatSpecification?)
    }

    /// One part of what stands in braces, and where.
    struct Term: Sendable {
        let kind: Kind
        /// Offset of its first octet in the expression's text.
        let offset: Int
    }

    indirect enum Kind: Sendable {
        case integer(Int)
        case text(String)
        case nodeName
        /// `n1`, `n2` …; 0 is the last.
        case nodeNumber(Int)
        case attribute(Attribute)
        case negated(Term)
        case binary(Operator, Term, Term)
        case method(Method, Term, [Term])
        case element(Term, Term)
        case slice(Term, Term?, Term?)
        case integerOf(Term)
        case textOf(Term)
    }

    enum Operator: Character, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
    }

    enum Method: String, Sendable, CaseIterable {
        case upper
        case lower
        case strip
        case lstrip
        case rstrip
        case replace
        case removeprefix
        case removesuffix
        case split

        /// How many arguments it takes.
        var arity: ClosedRange<Int> {
            switch self {
            case .upper, .lower: 0...0
            case .strip, .lstrip, .rstrip: 0...1
            case .removeprefix, .removesuffix, .split: 1...1
            case .replace: 2...2
            }
        }
    }

    /// The text as it was set.
    public let text: String
    let segments: [Segment]

    /// The most octets of an expression.
    public static let longestText = 4096

    /// Reads an expression.
    ///
    /// - Throws: ``MusterError`` with code `invalidInput` that says at which column what is wrong.
    public init(_ text: String, registry: AttributeRegistry = .standard) throws(MusterError) {
        self.text = text
        do throws(ExpressionProblem) {
            var parser = ExpressionParser(text, registry: registry)
            segments = try parser.parse()
        } catch {
            throw MusterError(.invalidInput, error.message(in: text))
        }
    }

    /// Whether a value has to be read as an expression.
    public static func isExpression(_ text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }
    }
}

/// What is wrong with an expression, and where.
struct ExpressionProblem: Error {
    let text: String
    /// Octet of the expression's text.
    let offset: Int
    /// The attribute that is needed and not set, when that is all that is wrong.
    var unset: Attribute?

    init(_ text: String, at offset: Int, unset: Attribute? = nil) {
        self.text = text
        self.offset = offset
        self.unset = unset
    }

    func message(in expression: String) -> String {
        let utf8 = expression.utf8
        let place = utf8.index(utf8.startIndex, offsetBy: min(max(0, offset), utf8.count))
        let column = expression[..<place].count + 1
        let shown = expression.count > 120 ? expression.prefix(120) + "…" : expression[...]
        return "expression '\(shown)', column \(column): \(text)"
    }
}
