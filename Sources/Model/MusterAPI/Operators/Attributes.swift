/// The attributes of some nodes or groups, with where each value comes from.
public struct AttributeList: Codable, Sendable, Hashable {
    public struct Attribute: Codable, Sendable, Hashable {
        public var name: String
        /// The value in effect; `<secret>` for attributes that are secret; absent when it is not set, or the expression
        /// has an error.
        public var value: String?
        /// `node`, `group NAME` or `default`.
        public var origin: String
        /// The text that the value was computed from, when it is an expression.
        public var expression: String?
        /// Why the expression has no value.
        public var error: String?
        /// The attribute that the expression needs and that is not set: therefore this one is not set either.
        public var needed: String?

        public init(
            name: String, value: String?, origin: String, expression: String?, error: String?, needed: String? = nil
        ) {
            self.name = name
            self.value = value
            self.origin = origin
            self.expression = expression
            self.error = error
            self.needed = needed
        }
    }

    public struct Item: Codable, Sendable, Hashable {
        /// Name of the node or group.
        public var name: String
        public var attributes: [Attribute]

        public init(name: String, attributes: [Attribute]) {
            self.name = name
            self.attributes = attributes
        }
    }

    public var items: [Item]

    public init(items: [Item]) { self.items = items }
}

/// All attributes that there are.
public struct AttributeDefinitionList: Codable, Sendable, Hashable {
    public struct Definition: Codable, Sendable, Hashable {
        public var name: String
        public var type: String
        public var summary: String
        public var example: String?

        public init(name: String, type: String, summary: String, example: String?) {
            self.name = name
            self.type = type
            self.summary = summary
            self.example = example
        }
    }

    public var definitions: [Definition]

    public init(definitions: [Definition]) { self.definitions = definitions }
}
