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
    /// Nil when it cannot be computed, see ``problem``; ``hidden`` for secrets.
    public let value: String?
    public let source: AttributeSource
    /// The expression that the value was computed by.
    public let expression: String?
    public let isSecret: Bool
    /// Why there is no value, such as an attribute that the expression needs and that is not set.
    public let problem: String?

    /// Stands in place of a secret.
    public static let hidden = "********"
}
