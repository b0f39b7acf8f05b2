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

    /// The table with the assignments made. `owner` is for the error, such as `node n1`.
    func applied(to table: AttributeTable, _ owner: @autoclosure () -> String) throws(MusterError) -> AttributeTable {
        var result = table
        for step in steps {
            switch step.effect {
            case .set(let value): result.set(step.attribute, value)
            case .clear: result.set(step.attribute, nil)
            case .add(let elements):
                let present = try elementsSet(step.attribute, result, owner())
                let all = present + elements.filter { !present.contains($0) }
                result.set(step.attribute, .literal(all.joined(separator: ",")))
            case .remove(let elements):
                let left = try elementsSet(step.attribute, result, owner()).filter { !elements.contains($0) }
                result.set(step.attribute, left.isEmpty ? nil : .literal(left.joined(separator: ",")))
            }
        }
        return result
    }

    private func elementsSet(
        _ attribute: Attribute, _ table: AttributeTable, _ owner: String
    ) throws(MusterError) -> [String] {
        guard let value = table[attribute] else { return [] }
        guard case .literal(let text) = value else {
            throw MusterError(
                .invalidInput,
                "\(owner): \(attribute.name) is an expression; += and -= change plain lists, use \(attribute.name)=")
        }
        return listElements(text)
    }
}
