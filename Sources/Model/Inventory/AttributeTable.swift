import MusterBase

/// What was set for one attribute: a plain value in its normal form, or an expression.
public enum StoredValue: Sendable {
    case literal(String)
    case expression(Expression)

    /// The value as it is kept: for expressions their text.
    public var text: String {
        switch self {
        case .literal(let text): text
        case .expression(let expression): expression.text
        }
    }
}

/// What is set on one node or one group. A few values each, so a list is smaller and faster than a dictionary.
public struct AttributeTable: Sendable {
    struct Entry: Sendable {
        let attribute: Attribute
        let value: StoredValue
    }

    private(set) var entries: [Entry] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    public subscript(attribute: Attribute) -> StoredValue? {
        for entry in entries where entry.attribute === attribute { return entry.value }
        return nil
    }

    /// Sets a value, or takes it away.
    mutating func set(_ attribute: Attribute, _ value: StoredValue?) {
        let place = entries.firstIndex { $0.attribute === attribute }
        switch (place, value) {
        case (let place?, let value?): entries[place] = Entry(attribute: attribute, value: value)
        case (let place?, nil): entries.remove(at: place)
        case (nil, let value?): entries.append(Entry(attribute: attribute, value: value))
        case (nil, nil): break
        }
    }

    /// Names and stored texts, in the order of names: the form that is kept.
    public var stored: [(name: String, text: String)] {
        entries.map { ($0.attribute.name, $0.value.text) }.sorted { $0.0 < $1.0 }
    }

    /// Whether both are copies of one table, found out without a comparison of values.
    public func isCopy(of other: AttributeTable) -> Bool {
        entries.withUnsafeBufferPointer { own in
            other.entries.withUnsafeBufferPointer { $0.baseAddress == own.baseAddress && $0.count == own.count }
        }
    }
}

/// Turns stored texts into values, and keeps one copy of what many nodes share.
struct StoredValueReader {
    private let registry: AttributeRegistry
    private var expressions: [String: Expression] = [:]

    init(registry: AttributeRegistry) { self.registry = registry }

    /// An expression, read once for all nodes that have it.
    mutating func expression(_ text: String) throws(MusterError) -> Expression {
        if let known = expressions[text] { return known }
        // A site has few different expressions; a flood of them must not stay in memory.
        if expressions.count > 10_000 { expressions.removeAll() }
        let made = try Expression(text, registry: registry)
        expressions[text] = made
        return made
    }

    /// A table from what is kept. Attributes that this version does not know are kept as they are, and what is no
    /// longer a valid expression as plain text: a store that another version wrote must still be readable.
    mutating func table(_ stored: some Sequence<(key: String, value: String)>) -> AttributeTable {
        var table = AttributeTable()
        for (name, text) in stored {
            let attribute = registry.find(name) ?? registry.foreign(name)
            if attribute.type.allowsExpression, Expression.isExpression(text), let read = try? expression(text) {
                table.set(attribute, .expression(read))
            } else {
                table.set(attribute, .literal(text))
            }
        }
        return table
    }
}
