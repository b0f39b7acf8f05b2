import MusterBase
import NodeRange

/// Nodes and groups with their attributes, and what finds a node by its addresses. A value: a copy is a snapshot.
///
/// It changes only by ``apply(_:)`` with a change that ``plan(_:)`` made, or that another member made.
public struct Inventory: Sendable {
    /// All nodes, in natural order.
    public internal(set) var nodeNames = NodeSet()
    /// Apart from the index, so that what looks up values while the index is changed does not hold a copy of it.
    var tables: InventoryTables
    var members: [String: NodeSet] = [:]
    var index = InventoryIndex()
    var reader: StoredValueReader

    /// No nodes, and the group `everything`.
    public init(registry: AttributeRegistry = .standard) {
        tables = InventoryTables(registry: registry)
        reader = StoredValueReader(registry: registry)
    }

    public var registry: AttributeRegistry { tables.registry }

    // MARK: Look-up

    /// The node that a hardware address belongs to.
    public func node(mac: MACAddress) -> String? { index.macAddresses[mac] }

    /// The node with that UUID.
    public func node(uuid: MachineUUID) -> String? { index.uuids[uuid] }

    /// The node that an address belongs to.
    public func node(address: IPv4Address) -> String? { index.addresses[address] }

    /// The node with that serial number; nil also when several have it.
    public func node(serial: String) -> String? {
        guard let nodes = index.serials[serial], nodes.count == 1 else { return nil }
        return nodes[0]
    }

    public func hasNode(_ name: String) -> Bool { tables.nodes[name] != nil }
    public func hasGroup(_ name: String) -> Bool { tables.groups[name] != nil }

    /// All groups, `everything` included, in natural order.
    public var groupNames: NodeSet { NodeSet(tables.groups.keys) }

    /// The nodes in a group; nil when there is no such group.
    public func members(ofGroup name: String) -> NodeSet? {
        guard hasGroup(name) else { return nil }
        return name == EntityName.everything ? nodeNames : members[name] ?? NodeSet()
    }

    /// The groups that a node is in, in the order in which they lend; without `everything`.
    public func groups(of node: String) throws(MusterError) -> [String] { try resolution(node).record.groups }

    /// The nodes that a noderange stands for.
    public func expand(
        _ range: NodeRange, limit: Int = NodeRange.standardLimit
    ) throws(MusterError) -> NodeSet { try range.expand(with: self, limit: limit) }

    /// The nodes that a noderange stands for, in which names of further sets are allowed.
    ///
    /// - Parameter sets: The nodes of a set that is neither node nor group; nil when there is none of that name.
    public func expand(
        _ range: NodeRange, sets: @escaping (String) -> [String]?
    ) throws(MusterError) -> NodeSet { try range.expand(with: InventoryWithSets(inventory: self, sets: sets)) }

    // MARK: Attributes

    func resolution(_ node: String) throws(MusterError) -> AttributeResolution<InventoryTables> {
        guard let found = AttributeResolution(tables, node: node) else {
            throw MusterError(.notFound, "there is no node '\(node.prefix(80))'")
        }
        return found
    }

    /// The effective value of one attribute of a node; nil when it is unset.
    ///
    /// - Throws: `notFound` for the node, `invalidInput` for the attribute or an expression that cannot be computed.
    ///   A secret attribute is refused with `forbidden`: ask for it by ``secret(_:of:)``.
    public func value(_ attribute: String, of node: String) throws(MusterError) -> String? {
        let found = try registry.attribute(attribute)
        guard !found.type.isSecret else {
            throw MusterError(.forbidden, "attribute \(attribute) is secret")
        }
        return try resolution(node).text(found)
    }

    /// The effective value of an attribute, wrapped so that it does not get into output by accident.
    public func secret(_ attribute: String, of node: String) throws(MusterError) -> Secret<String>? {
        try resolution(node).text(try registry.attribute(attribute)).map { Secret($0) }
    }

    /// All effective attributes of a node in the order of their names, with where they come from. Secrets are hidden.
    public func attributes(of node: String) throws(MusterError) -> [EffectiveAttribute] {
        let resolution = try resolution(node)
        var found: [EffectiveAttribute] = []
        var seen: Set<Attribute> = []
        try resolution.forEachEntry { (entry: AttributeTable.Entry, source: AttributeSource) throws(MusterError) in
            seen.insert(entry.attribute)
            found.append(resolution.effective(entry, source))
        }
        for definition in registry.definitions {
            guard let value = definition.defaultValue, let attribute = registry.find(definition.name),
                !definition.isPattern, !seen.contains(attribute)
            else { continue }
            found.append(resolution.effective(.init(attribute: attribute, value: .literal(value)), .standard))
        }
        return found.sorted { naturallyPrecedes($0.name, $1.name) }
    }

    /// What is set on a group, in the order of names; expressions as they stand, because only a node gives them a
    /// value.
    public func attributes(ofGroup group: String) throws(MusterError) -> [EffectiveAttribute] {
        guard let table = tables.groups[group] else {
            throw MusterError(.notFound, "there is no group '\(group.prefix(80))'")
        }
        let found = table.entries.map { entry in
            let expression: String? = if case .expression(let read) = entry.value { read.text } else { nil }
            let secret = entry.attribute.type.isSecret
            return EffectiveAttribute(
                name: entry.attribute.name, value: secret ? EffectiveAttribute.hidden : entry.value.text,
                source: .group(group), expression: expression, isSecret: secret, problem: nil)
        }
        return found.sorted { naturallyPrecedes($0.name, $1.name) }
    }
}

/// What is set on all nodes and groups.
struct InventoryTables: AttributeTables, Sendable {
    let registry: AttributeRegistry
    let groupsAttribute: Attribute
    var nodes: [String: NodeRecord] = [:]
    var groups: [String: AttributeTable] = [EntityName.everything: AttributeTable()]

    init(registry: AttributeRegistry) {
        self.registry = registry
        groupsAttribute = registry.find("groups") ?? registry.foreign("groups")
    }

    func record(ofNode name: String) -> NodeRecord? { nodes[name] }
    func table(ofGroup name: String) -> AttributeTable? { groups[name] }
}

extension AttributeResolution {
    func effective(_ entry: AttributeTable.Entry, _ source: AttributeSource) -> EffectiveAttribute {
        let attribute = entry.attribute
        let isSecret = attribute.type.isSecret
        guard case .expression(let expression) = entry.value else {
            return EffectiveAttribute(
                name: attribute.name, value: isSecret ? EffectiveAttribute.hidden : entry.value.text, source: source,
                expression: nil, isSecret: isSecret, problem: nil)
        }
        var value: String?
        var problem: String?
        var needed: String?
        do throws(ExpressionProblem) {
            value = try EvaluationRun(self).text(attribute, expression)
        } catch {
            needed = error.unset?.name
            if needed == nil { problem = error.message(in: expression.text) }
        }
        return EffectiveAttribute(
            name: attribute.name, value: value, source: source, expression: expression.text, isSecret: false,
            problem: problem, needed: needed)
    }
}
