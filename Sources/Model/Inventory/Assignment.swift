import MusterBase

/// A change of one attribute as it is typed: `attr=value`, `attr=` (clears it), `attr+=value`, `attr-=value` (lists).
public struct Assignment: Sendable, Hashable {
    public enum Operation: Sendable, Hashable {
        /// Sets the value; an empty one clears the attribute, so that it is inherited again.
        case set
        /// Puts elements at the end of a list, unless they are in it.
        case add
        /// Takes elements out of a list.
        case remove
    }

    public let attribute: String
    public let operation: Operation
    public let value: String

    public init(_ attribute: String, _ operation: Operation = .set, _ value: String) {
        self.attribute = attribute
        self.operation = operation
        self.value = value
    }

    /// Reads the typed form. Whether there is such an attribute is checked when it is applied.
    ///
    /// - Throws: ``MusterError`` with code `invalidInput` when there is no `=` or nothing before it.
    public init(_ text: String) throws(MusterError) {
        guard let equals = text.firstIndex(of: "=") else {
            throw MusterError(
                .invalidInput,
                "'\(text.prefix(80))' is not a setting: attribute=value, attribute+=value, "
                    + "attribute-=value or attribute= is expected")
        }
        var name = text[..<equals]
        var operation = Operation.set
        if name.hasSuffix("+") || name.hasSuffix("-") {
            operation = name.hasSuffix("+") ? .add : .remove
            name.removeLast()
        }
        guard !name.isEmpty else {
            throw MusterError(.invalidInput, "'\(text.prefix(80))' has no attribute before '='")
        }
        self.init(String(name), operation, String(text[text.index(after: equals)...]))
    }
}

extension Assignment: CustomStringConvertible {
    /// The typed form without the value, which may be secret.
    public var description: String {
        switch operation {
        case .set: value.isEmpty ? "\(attribute)=" : "\(attribute)=…"
        case .add: "\(attribute)+=…"
        case .remove: "\(attribute)-=…"
        }
    }
}
