import MusterBase

/// Checks assignments once for all the nodes or groups that they are for.
struct AssignmentCompiler {
    private let registry: AttributeRegistry
    private var reader: StoredValueReader

    init(registry: AttributeRegistry) {
        self.registry = registry
        reader = StoredValueReader(registry: registry)
    }

    mutating func compile(
        _ assignments: [Assignment], forGroup: Bool
    ) throws(MusterError) -> CompiledAssignments {
        var compiled = CompiledAssignments()
        for assignment in assignments {
            let attribute = try registry.attribute(assignment.attribute)
            guard !forGroup || attribute.definition.isForGroups else {
                throw MusterError(.invalidInput, "attribute \(attribute.name) is for nodes: a group cannot have it")
            }
            compiled.steps.append(.init(attribute: attribute, effect: try effect(assignment, attribute)))
        }
        return compiled
    }

    private mutating func effect(
        _ assignment: Assignment, _ attribute: Attribute
    ) throws(MusterError) -> CompiledAssignments.Effect {
        if assignment.operation == .set {
            return assignment.value.isEmpty ? .clear : .set(try value(assignment.value, attribute))
        }
        guard case .list(let element) = attribute.type else {
            throw MusterError(
                .invalidInput, "attribute \(attribute.name) is no list: += and -= are for lists, use \(attribute.name)="
            )
        }
        let parts = listElements(assignment.value)
        if assignment.operation == .remove { return .remove(parts.map { element.normalize($0) ?? $0 }) }
        return .add(listElements(try literal(assignment.value, attribute)))
    }

    private mutating func value(_ text: String, _ attribute: Attribute) throws(MusterError) -> StoredValue {
        guard attribute.type.allowsExpression, Expression.isExpression(text) else {
            return .literal(try literal(text, attribute))
        }
        guard attribute.name != "groups" else {
            throw MusterError(.invalidInput, "attribute groups cannot be an expression")
        }
        do throws(MusterError) {
            return .expression(try reader.expression(text))
        } catch {
            throw MusterError(error.code, "attribute \(attribute.name): \(error.message)", advice: error.advice)
        }
    }

    private func literal(_ text: String, _ attribute: Attribute) throws(MusterError) -> String {
        guard let value = attribute.type.normalize(text) else {
            let shown = attribute.type.isSecret ? "the value" : "'\(text.prefix(80))'"
            throw MusterError(
                .invalidInput,
                "attribute \(attribute.name): \(shown) is not allowed; expected: \(attribute.type.allowed)")
        }
        return value
    }
}

/// Assignments with their values checked.
struct CompiledAssignments {
    enum Effect {
        case set(StoredValue)
        case clear
        case add([String])
        case remove([String])
    }

    struct Step {
        let attribute: Attribute
        let effect: Effect
    }

    var steps: [Step] = []

    func touches(_ attribute: Attribute) -> Bool { steps.contains { $0.attribute === attribute } }

    /// The table with the assignments made.
    ///
    /// - Parameters:
    ///   - owner: For the error, such as `node n1`.
    ///   - inherited: What holds for an attribute that the table, as it is by then, does not have, and where it comes
    ///     from. `+=` and `-=` begin with it.
    func applied(
        to table: AttributeTable, _ owner: @autoclosure () -> String,
        inherited: (Attribute, AttributeTable) -> Inherited? = { _, _ in nil }
    ) throws(MusterError) -> AttributeTable {
        var result = table
        for step in steps {
            let attribute = step.attribute
            switch step.effect {
            case .set(let value): result.set(attribute, value)
            case .clear: result.set(attribute, nil)
            case .add(let elements):
                let lent = result[attribute] == nil ? inherited(attribute, result) : nil
                let present = try elementsSet(attribute, result[attribute] ?? lent?.value, lent, owner())
                let all = present + elements.filter { !present.contains($0) }
                result.set(attribute, .literal(all.joined(separator: ",")))
            case .remove(let elements):
                let lent = result[attribute] == nil ? inherited(attribute, result) : nil
                let present = try elementsSet(attribute, result[attribute] ?? lent?.value, lent, owner())
                let left = present.filter { !elements.contains($0) }
                if let lent {
                    if left == present { continue }
                    if left.isEmpty { throw cannotBeEmpty(attribute, lent, owner()) }
                }
                result.set(attribute, left.isEmpty ? nil : .literal(left.joined(separator: ",")))
            }
        }
        return result
    }

    typealias Inherited = (value: StoredValue, source: AttributeSource)

    private func elementsSet(
        _ attribute: Attribute, _ value: StoredValue?, _ lent: Inherited?, _ owner: String
    ) throws(MusterError) -> [String] {
        guard let value else { return [] }
        guard case .literal(let text) = value else {
            let origin = lent.map { ", from \($0.source)" } ?? ""
            throw MusterError(
                .invalidInput,
                "\(owner): \(attribute.name) is an expression\(origin); += and -= change plain lists, "
                    + "use \(attribute.name)=")
        }
        return listElements(text)
    }

    private func cannotBeEmpty(_ attribute: Attribute, _ lent: Inherited, _ owner: String) -> MusterError {
        MusterError(
            .invalidInput,
            "\(owner): nothing would be left of \(attribute.name), and an attribute that is not set has the value of "
                + "\(lent.source)",
            advice: "change it there")
    }
}
