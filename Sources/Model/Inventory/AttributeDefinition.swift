/// What an attribute's value finds its node by.
public enum AttributeIndex: Sendable, Hashable {
    case macAddress
    case uuid
    case serial
    case address
}

/// What of a node is looked at as a whole once an attribute is set.
public enum AttributeLayout: Sendable, Hashable {
    /// How its interfaces are put together.
    case structure
    /// Where its packets go that have no other route: one such may be set without a look at the rest.
    case gateway
}

/// The documented definition of one attribute, or of a family of attributes such as `net.<name>.hwaddr`.
public struct AttributeDefinition: Sendable, Hashable {
    /// The name; a component in angle brackets stands for any word, and at the end for several with dots.
    public let name: String
    public let type: AttributeType
    /// One or two sentences for people.
    public let summary: String
    public let example: String
    /// The value of nodes for which nothing is set; nil for none.
    public let defaultValue: String?
    /// Whether groups may have it too.
    public let isForGroups: Bool
    public let index: AttributeIndex?
    public let layout: AttributeLayout?

    public init(
        _ name: String, _ type: AttributeType, _ summary: String, example: String, default defaultValue: String? = nil,
        isForGroups: Bool = true, index: AttributeIndex? = nil, layout: AttributeLayout? = nil
    ) {
        self.name = name
        self.type = type
        self.summary = summary
        self.example = example
        self.defaultValue = defaultValue
        self.isForGroups = isForGroups
        self.index = index
        self.layout = layout
    }

    /// Whether the definition is for a family of names.
    public var isPattern: Bool { name.contains("<") }

    var components: [Substring] { name.split(separator: ".") }

    /// Whether a name belongs to this definition.
    func matches(_ candidate: String) -> Bool {
        guard isPattern else { return candidate == name }
        let own = components
        let parts = candidate.split(separator: ".", omittingEmptySubsequences: false)
        let endsOpen = own.last?.hasPrefix("<") == true
        guard endsOpen ? parts.count >= own.count : parts.count == own.count else { return false }
        for (index, part) in parts.enumerated() {
            let wanted = own[min(index, own.count - 1)]
            guard wanted.hasPrefix("<") ? isWord(part) : part == wanted else { return false }
        }
        return true
    }

    private func isWord(_ part: Substring) -> Bool {
        guard let last = part.utf8.last, isLetterOrDigit(last), part.utf8.count <= 64 else { return false }
        return part.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
}

/// One attribute by its full name. There is one object for each name of a registry, so that nodes hold a reference and
/// not the name.
public final class Attribute: Sendable {
    public let name: String
    public let definition: AttributeDefinition

    init(name: String, definition: AttributeDefinition) {
        self.name = name
        self.definition = definition
    }

    public var type: AttributeType { definition.type }
}

extension Attribute: Hashable {
    public static func == (left: Attribute, right: Attribute) -> Bool { left === right }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Attribute: CustomStringConvertible {
    public var description: String { name }
}
