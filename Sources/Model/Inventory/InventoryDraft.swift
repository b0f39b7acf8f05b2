import MusterBase
import NodeRange

/// An inventory with changes that are not made yet.
struct InventoryDraft: AttributeTables {
    let base: Inventory
    /// In the order of the first change of each.
    private(set) var changedNodes: [String] = []
    private(set) var changedGroups: [String] = []
    private var nodes: [String: NodeRecord?] = [:]
    private var groups: [String: AttributeTable?] = [:]

    init(_ base: Inventory) { self.base = base }

    var registry: AttributeRegistry { base.registry }

    func record(ofNode name: String) -> NodeRecord? {
        if let changed = nodes[name] { return changed }
        return base.tables.nodes[name]
    }

    func table(ofGroup name: String) -> AttributeTable? {
        if let changed = groups[name] { return changed }
        return base.tables.groups[name]
    }

    mutating func setNode(_ name: String, _ record: NodeRecord?) {
        if nodes.updateValue(record, forKey: name) == nil { changedNodes.append(name) }
    }

    mutating func setGroup(_ name: String, _ table: AttributeTable?) {
        if groups.updateValue(table, forKey: name) == nil { changedGroups.append(name) }
    }

    var change: InventoryChange {
        var change = InventoryChange()
        change.nodes = changedNodes.map { ($0, record(ofNode: $0)?.attributes) }
        change.groups = changedGroups.map { ($0, table(ofGroup: $0)) }
        return change
    }
}

extension Inventory {
    /// Works out what requests change, in their order, and checks the whole: names, values, groups, expressions for
    /// every node that the change touches, and that no two nodes have the same MAC address, UUID or IPv4 address.
    ///
    /// - Throws: ``MusterError`` with the first fault, in one line; nothing is changed then.
    public func plan(_ requests: [InventoryRequest]) throws(MusterError) -> InventoryChange {
        var planner = InventoryPlanner(self)
        for request in requests { try planner.add(request) }
        try planner.check()
        return planner.draft.change
    }
}

/// Turns requests into a draft and checks it.
struct InventoryPlanner {
    private(set) var draft: InventoryDraft
    private var compiler: AssignmentCompiler
    private let groupsAttribute: Attribute

    init(_ inventory: Inventory) {
        draft = InventoryDraft(inventory)
        compiler = AssignmentCompiler(registry: inventory.registry)
        groupsAttribute = inventory.tables.groupsAttribute
    }

    mutating func add(_ request: InventoryRequest) throws(MusterError) {
        switch request {
        case .defineNodes(let names, let assignments): try defineNodes(names, assignments)
        case .setNodes(let names, let assignments): try setNodes(names, assignments)
        case .removeNodes(let names):
            for name in names {
                _ = try record(name)
                draft.setNode(name, nil)
            }
        case .defineGroups(let names, let assignments): try defineGroups(names, assignments)
        case .setGroups(let names, let assignments):
            let compiled = try compiler.compile(assignments, forGroup: true)
            for name in names {
                draft.setGroup(name, try compiled.applied(to: try table(name), "group \(name)"))
            }
        case .removeGroups(let names):
            for name in names {
                _ = try table(name)
                guard name != EntityName.everything else {
                    throw MusterError(.invalidInput, "the group 'everything' cannot be removed")
                }
                draft.setGroup(name, nil)
            }
        }
    }

    private func record(_ name: String) throws(MusterError) -> NodeRecord {
        guard let record = draft.record(ofNode: name) else {
            throw MusterError(.notFound, "there is no node '\(name.prefix(80))'")
        }
        return record
    }

    private func table(_ name: String) throws(MusterError) -> AttributeTable {
        guard let table = draft.table(ofGroup: name) else {
            throw MusterError(
                .notFound, "there is no group '\(name.prefix(80))'",
                advice: "`muster group define \(name.prefix(80))` makes it")
        }
        return table
    }

    private mutating func defineNodes(_ names: NodeSet, _ assignments: [Assignment]) throws(MusterError) {
        let compiled = try compiler.compile(assignments, forGroup: false)
        // All new nodes begin the same, so they share one table.
        let first = names.first ?? ""
        let table = try compiled.applied(to: AttributeTable(), "node \(first)") { inherited($0, first, $1) }
        let record = NodeRecord(attributes: table, groupsAttribute: groupsAttribute)
        for name in names {
            try EntityName.checkNode(name)
            guard draft.record(ofNode: name) == nil else {
                throw MusterError(
                    .alreadyExists, "there is a node '\(name)' already", advice: "`muster node set` changes it")
            }
            guard draft.table(ofGroup: name) == nil else {
                throw MusterError(.alreadyExists, "'\(name)' is the name of a group: a node cannot have it too")
            }
            draft.setNode(name, record)
        }
    }

    /// What holds for an attribute of a node that had that table.
    private func inherited(
        _ attribute: Attribute, _ node: String, _ table: AttributeTable
    ) -> CompiledAssignments.Inherited? {
        let record = NodeRecord(attributes: table, groupsAttribute: groupsAttribute)
        return AttributeResolution(draft, node: node, record: record).find(attribute)
    }

    private mutating func setNodes(_ names: NodeSet, _ assignments: [Assignment]) throws(MusterError) {
        let compiled = try compiler.compile(assignments, forGroup: false)
        for name in names {
            var record = try record(name)
            record.attributes = try compiled.applied(to: record.attributes, "node \(name)") { inherited($0, name, $1) }
            if compiled.touches(groupsAttribute) {
                record = NodeRecord(attributes: record.attributes, groupsAttribute: groupsAttribute)
            }
            draft.setNode(name, record)
        }
    }

    private mutating func defineGroups(_ names: NodeSet, _ assignments: [Assignment]) throws(MusterError) {
        let compiled = try compiler.compile(assignments, forGroup: true)
        for name in names {
            try EntityName.checkGroup(name)
            guard draft.table(ofGroup: name) == nil else {
                throw MusterError(
                    .alreadyExists, "there is a group '\(name)' already", advice: "`muster group set` changes it")
            }
            guard draft.record(ofNode: name) == nil else {
                throw MusterError(.alreadyExists, "'\(name)' is the name of a node: a group cannot have it too")
            }
            draft.setGroup(name, try compiled.applied(to: AttributeTable(), "group \(name)"))
        }
    }
}
