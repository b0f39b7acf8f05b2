import NodeRange

/// What somebody asks for. Several make one change that is done in whole or not at all.
public enum InventoryRequest: Sendable {
    /// Makes nodes that must not exist yet.
    case defineNodes(NodeSet, [Assignment] = [])
    case setNodes(NodeSet, [Assignment])
    case removeNodes(NodeSet)
    /// Makes groups that must not exist yet.
    case defineGroups(NodeSet, [Assignment] = [])
    case setGroups(NodeSet, [Assignment])
    /// Removes groups that must have no members.
    case removeGroups(NodeSet)
}

/// New contents of nodes and groups; nil for those that are removed.
public struct InventoryChange: Sendable {
    public internal(set) var nodes: [(name: String, attributes: AttributeTable?)] = []
    public internal(set) var groups: [(name: String, attributes: AttributeTable?)] = []

    init() {}

    public var isEmpty: Bool { nodes.isEmpty && groups.isEmpty }
}

extension Inventory {
    /// A change as it is kept in a store: names and texts; nil for what was removed.
    ///
    /// It is not checked: the member that made the change did that.
    public mutating func change(
        nodes: [(name: String, stored: [String: String]?)], groups: [(name: String, stored: [String: String]?)]
    ) -> InventoryChange {
        var change = InventoryChange()
        change.nodes.reserveCapacity(nodes.count)
        for (name, stored) in nodes { change.nodes.append((name, stored.map { reader.table($0) })) }
        for (name, stored) in groups { change.groups.append((name, stored.map { reader.table($0) })) }
        return change
    }

    /// Makes a change. Cost grows with the nodes that it touches: those changed, and the members of changed groups.
    public mutating func apply(_ change: InventoryChange) {
        let affected = affectedNodes(change)
        for node in affected {
            if let resolution = AttributeResolution(tables, node: node) { index.remove(resolution.keys(), of: node) }
        }
        install(change)
        for node in affected {
            if let resolution = AttributeResolution(tables, node: node) { index.insert(resolution.keys(), of: node) }
        }
    }

    /// The nodes whose effective values a change may touch, each once.
    func affectedNodes(_ change: InventoryChange) -> [String] {
        let changed = change.nodes.map(\.name)
        if change.groups.isEmpty { return changed }
        if change.groups.contains(where: { $0.name == EntityName.everything }) {
            return changed + nodeNames.subtracting(NodeSet(changed)).names
        }
        var others = NodeSet()
        for (name, _) in change.groups { others = others.union(members[name] ?? NodeSet()) }
        return changed + others.subtracting(NodeSet(changed)).names
    }

    private mutating func install(_ change: InventoryChange) {
        for (name, table) in change.groups {
            tables.groups[name] = table ?? (name == EntityName.everything ? AttributeTable() : nil)
        }
        var made: [String] = []
        var removed: [String] = []
        var joined: [String: [String]] = [:]
        var left: [String: [String]] = [:]
        for (name, table) in change.nodes {
            let before = tables.nodes[name]
            let after = table.map { NodeRecord(attributes: $0, groupsAttribute: tables.groupsAttribute) }
            tables.nodes[name] = after
            if before == nil, after != nil { made.append(name) }
            if before != nil, after == nil { removed.append(name) }
            let old = before?.groups ?? []
            let new = after?.groups ?? []
            if old == new { continue }
            for group in old where !new.contains(group) { left[group, default: []].append(name) }
            for group in new where !old.contains(group) { joined[group, default: []].append(name) }
        }
        nodeNames = nodeNames.subtracting(NodeSet(removed)).union(NodeSet(made))
        for (group, names) in left { members[group] = members[group]?.subtracting(NodeSet(names)) }
        for (group, names) in joined { members[group] = (members[group] ?? NodeSet()).union(NodeSet(names)) }
    }
}

extension Inventory {
    /// All that is set, as it is kept: names and texts, in natural order of nodes and groups.
    public var stored:
        (nodes: [(name: String, stored: [String: String]?)], groups: [(name: String, stored: [String: String]?)])
    {
        func texts(_ table: AttributeTable?) -> [String: String]? {
            table.map { Dictionary($0.stored.map { ($0.name, $0.text) }) { first, _ in first } }
        }
        return (
            nodeNames.map { ($0, texts(tables.nodes[$0]?.attributes)) },
            groupNames.map { ($0, texts(tables.groups[$0])) }
        )
    }
}
