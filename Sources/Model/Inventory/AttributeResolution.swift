import MusterBase

/// What is known of one node.
struct NodeRecord: Sendable {
    var attributes: AttributeTable
    /// The groups of the attribute `groups`, without `everything`.
    var groups: [String]

    init(attributes: AttributeTable, groupsAttribute: Attribute) {
        self.attributes = attributes
        groups = attributes[groupsAttribute].map { listElements($0.text) } ?? []
    }
}

/// Where nodes and groups are looked up: an inventory, or one with changes that are not made yet.
protocol AttributeTables {
    var registry: AttributeRegistry { get }
    func record(ofNode name: String) -> NodeRecord?
    func table(ofGroup name: String) -> AttributeTable?
}

/// The effective values of one node.
struct AttributeResolution<Tables: AttributeTables> {
    let tables: Tables
    let node: String
    let record: NodeRecord
    /// The tables of the node's groups, in the order that they are asked.
    private let lenders: [(name: String, table: AttributeTable)]

    /// Nil when there is no such node.
    init?(_ tables: Tables, node: String) {
        guard let record = tables.record(ofNode: node) else { return nil }
        self.init(tables, node: node, record: record)
    }

    /// A node as it would be with that record.
    init(_ tables: Tables, node: String, record: NodeRecord) {
        self.tables = tables
        self.node = node
        self.record = record
        var lenders: [(name: String, table: AttributeTable)] = []
        lenders.reserveCapacity(record.groups.count + 1)
        for name in record.groups {
            if let table = tables.table(ofGroup: name), !table.isEmpty { lenders.append((name, table)) }
        }
        if let table = tables.table(ofGroup: EntityName.everything), !table.isEmpty {
            lenders.append((EntityName.everything, table))
        }
        self.lenders = lenders
    }

    /// What holds for an attribute: the node's own, else that of the first group that has it, else the default.
    func find(_ attribute: Attribute) -> (value: StoredValue, source: AttributeSource)? {
        if let own = record.attributes[attribute] { return (own, .node) }
        for lender in lenders {
            if let lent = lender.table[attribute] { return (lent, .group(lender.name)) }
        }
        return attribute.definition.defaultValue.map { (.literal($0), .standard) }
    }

    /// The value; nil when it is unset, or needs an attribute that is.
    func text(_ attribute: Attribute) throws(MusterError) -> String? {
        guard let found = find(attribute) else { return nil }
        guard case .expression(let expression) = found.value else { return found.value.text }
        let run = EvaluationRun(self)
        do throws(ExpressionProblem) {
            return try run.text(attribute, expression)
        } catch {
            if error.unset != nil { return nil }
            throw failure(attribute, found.source, expression, error)
        }
    }

    func failure(
        _ attribute: Attribute, _ source: AttributeSource, _ expression: Expression, _ problem: ExpressionProblem
    ) -> MusterError {
        let origin: String
        if case .group(let name) = source { origin = " (from group \(name))" } else { origin = "" }
        return MusterError(
            .invalidInput,
            "attribute \(attribute.name) of node \(node)\(origin): \(problem.message(in: expression.text))")
    }

    /// Calls `body` once for each attribute that is set on the node or one of its groups.
    func forEachEntry(_ body: (AttributeTable.Entry, AttributeSource) throws(MusterError) -> Void) throws(MusterError) {
        for entry in record.attributes.entries { try body(entry, .node) }
        for (index, lender) in lenders.enumerated() {
            for entry in lender.table.entries where !isSet(entry.attribute, before: index) {
                try body(entry, .group(lender.name))
            }
        }
    }

    private func isSet(_ attribute: Attribute, before lender: Int) -> Bool {
        record.attributes[attribute] != nil || lenders[..<lender].contains { $0.table[attribute] != nil }
    }
}

/// One computation: what was computed is kept, and what is being computed is known, so that a cycle is seen.
final class EvaluationRun<Tables: AttributeTables> {
    private let resolution: AttributeResolution<Tables>
    private var known: [Attribute: String?] = [:]
    private var pending: [Attribute] = []

    init(_ resolution: AttributeResolution<Tables>) { self.resolution = resolution }

    /// The value that an expression gives for an attribute, in normal form; nil when it is empty.
    func text(_ attribute: Attribute, _ expression: Expression) throws(ExpressionProblem) -> String? {
        pending.append(attribute)
        defer { pending.removeLast() }
        let evaluation = ExpressionEvaluation(node: resolution.node) {
            (wanted: Attribute, offset: Int) throws(ExpressionProblem) in try self.lookUp(wanted, at: offset)
        }
        let result = try evaluation.text(of: expression)
        if result.isEmpty { return nil }
        guard let value = attribute.type.normalize(result) else {
            throw ExpressionProblem(
                "the result '\(result.prefix(80))' is not allowed; expected: \(attribute.type.allowed)", at: 0)
        }
        return value
    }

    private func lookUp(_ attribute: Attribute, at offset: Int) throws(ExpressionProblem) -> String? {
        if let value = known[attribute] { return value }
        if let start = pending.firstIndex(of: attribute) {
            let cycle = (pending[start...] + [attribute]).map(\.name).joined(separator: " → ")
            throw ExpressionProblem("the value needs itself: \(cycle)", at: offset)
        }
        // Each level of attributes that need each other takes room on the stack.
        guard pending.count < 32 else {
            throw ExpressionProblem("more than 32 attributes that need each other", at: offset)
        }
        guard !attribute.type.isSecret else {
            throw ExpressionProblem("\(attribute.name) is secret and cannot be used in an expression", at: offset)
        }
        guard let found = resolution.find(attribute) else { return remember(attribute, nil) }
        guard case .expression(let expression) = found.value else { return remember(attribute, found.value.text) }
        do throws(ExpressionProblem) {
            return remember(attribute, try text(attribute, expression))
        } catch {
            throw ExpressionProblem(
                "\(attribute.name) cannot be computed: \(error.message(in: expression.text))", at: offset,
                unset: error.unset)
        }
    }

    private func remember(_ attribute: Attribute, _ value: String?) -> String? {
        known[attribute] = .some(value)
        return value
    }
}
