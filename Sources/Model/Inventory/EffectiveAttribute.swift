/// Where a value comes from.
public enum AttributeSource: Sendable, Hashable {
    /// Set on the node itself.
    case node
    /// From a group, `everything` included.
    case group(String)
    case standard
}

extension AttributeSource: CustomStringConvertible {
    /// `node`, `group compute` or `default`.
    public var description: String {
        switch self {
        case .node: "node"
        case .group(let name): "group \(name)"
        case .standard: "default"
        }
    }
}

/// One attribute as it holds for a node, with where it comes from.
public struct EffectiveAttribute: Sendable, Hashable {
    public let name: String
    /// Nil when it is not set, see ``needed``, or cannot be computed, see ``problem``; ``hidden`` for secrets.
    public let value: String?
    public let source: AttributeSource
    /// The expression that the value was computed by.
    public let expression: String?
    public let isSecret: Bool
    /// Why the value cannot be computed.
    public let problem: String?
    /// The attribute that the expression needs and that is not set: therefore this one is not set either.
    public let needed: String?

    init(
        name: String, value: String?, source: AttributeSource, expression: String?, isSecret: Bool, problem: String?,
        needed: String? = nil
    ) {
        self.name = name
        self.value = value
        self.source = source
        self.expression = expression
        self.isSecret = isSecret
        self.problem = problem
        self.needed = needed
    }

    /// Stands in place of a secret.
    public static let hidden = "********"
}
