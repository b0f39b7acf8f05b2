import Inventory
import InventoryStore
import MusterAPI
import MusterBase
import NodeRange

/// What operators ask of the inventory.
public struct InventoryDesk: Sendable {
    let inventory: InventoryStore
    let deployments: DeploymentDesk

    public init(_ inventory: InventoryStore, deployments: DeploymentDesk) {
        self.inventory = inventory
        self.deployments = deployments
    }

    public func expand(_ request: ExpandRequest) throws -> ExpandResponse {
        let nodes = try nodes(of: request.range, in: inventory.snapshot)
        return ExpandResponse(
            count: nodes.count, nodes: request.shorten ? [] : nodes.names,
            short: request.shorten ? nodes.shortened : nil)
    }

    // MARK: Nodes

    /// Nodes of a range that exist; no range is every node.
    public func nodes(_ range: String?) throws -> NodeList {
        let inventory = inventory.snapshot
        return NodeList(
            nodes: try existing(range, in: inventory).map { name in
                try Task.checkCancellation()
                let boot = try? inventory.bootInterface(of: name)
                return NodeList.Node(
                    name: name, groups: (try? inventory.groups(of: name)) ?? [], address: boot?.address,
                    mac: boot?.macAddress)
            })
    }

    public func defineNodes(_ request: ChangeRequest) async throws -> ChangeResponse {
        let names = try newNames(request.range)
        try await inventory.define(nodes: names, try request.assignments.map { try Assignment($0) })
        return ChangeResponse(names: names.names)
    }

    public func setNodes(_ request: ChangeRequest) async throws -> ChangeResponse {
        let names = try existing(request.range, in: inventory.snapshot)
        try await inventory.set(nodes: names, try request.assignments.map { try Assignment($0) })
        return ChangeResponse(names: names.names)
    }

    /// Removes nodes, and what is kept of their deployments with them.
    public func removeNodes(_ range: String) async throws -> ChangeResponse {
        let names = try existing(range, in: inventory.snapshot)
        try await inventory.remove(nodes: names)
        try await deployments.forget(names.names)
        return ChangeResponse(names: names.names)
    }

    /// - Parameter patterns: names of attributes, `*` stands for any text; none means all.
    public func nodeAttributes(_ range: String, _ patterns: [String]) throws -> AttributeList {
        let inventory = inventory.snapshot
        let items = try existing(range, in: inventory).map { name in
            try Task.checkCancellation()
            return AttributeList.Item(name: name, attributes: chosen(try inventory.attributes(of: name), patterns))
        }
        return try list(items, patterns)
    }

    // MARK: Groups

    public func groups(_ names: String?) throws -> GroupList {
        let inventory = inventory.snapshot
        return GroupList(
            groups: try existingGroups(names, in: inventory).map { name in
                try Task.checkCancellation()
                let members = inventory.members(ofGroup: name) ?? NodeSet()
                return GroupList.Group(name: name, count: members.count, nodes: members.shortened)
            })
    }

    public func defineGroups(_ request: ChangeRequest) async throws -> ChangeResponse {
        let names = try newNames(request.range)
        try await inventory.define(groups: names, try request.assignments.map { try Assignment($0) })
        return ChangeResponse(names: names.names)
    }

    public func setGroups(_ request: ChangeRequest) async throws -> ChangeResponse {
        let names = try existingGroups(request.range, in: inventory.snapshot)
        try await inventory.set(groups: names, try request.assignments.map { try Assignment($0) })
        return ChangeResponse(names: names.names)
    }

    public func removeGroups(_ range: String) async throws -> ChangeResponse {
        let names = try existingGroups(range, in: inventory.snapshot)
        try await inventory.remove(groups: names)
        return ChangeResponse(names: names.names)
    }

    public func groupAttributes(_ names: String, _ patterns: [String]) throws -> AttributeList {
        let inventory = inventory.snapshot
        let items = try existingGroups(names, in: inventory).map { name in
            try Task.checkCancellation()
            let attributes = try inventory.attributes(ofGroup: name)
            return AttributeList.Item(name: name, attributes: chosen(attributes, patterns))
        }
        return try list(items, patterns)
    }

    // MARK: Discovery

    /// Gives a discovered machine's MAC address and UUID to a node, new or old, and forgets the discovery.
    public func assign(
        _ request: DiscoveryAssignment, discoveries: DiscoveryRegistry
    ) async throws -> ChangeResponse {
        guard let machine = discoveries.machine(request.machine) else {
            throw MusterError(
                .notFound, "no machine '\(plain(request.machine, limit: 64))' was discovered",
                advice: "see `muster discover list`")
        }
        let names = try newNames(request.node)
        guard names.count == 1 else {
            throw MusterError(.invalidInput, "'\(request.node)' is \(names.count) nodes; a machine is given to one")
        }
        var assignments = ["net.hwaddr=\(machine.mac)"]
        if let uuid = machine.uuid, uuid.isUsable { assignments.append("id.uuid=\(uuid)") }
        let all = try (assignments + request.assignments).map { try Assignment($0) }
        if inventory.hasNode(names.names[0]) {
            try await inventory.set(nodes: names, all)
        } else {
            try await inventory.define(nodes: names, all)
        }
        _ = try? discoveries.forget(machine.mac.description)
        return ChangeResponse(names: names.names)
    }

    /// All attributes that there are.
    public func definitions() -> AttributeDefinitionList {
        AttributeDefinitionList(
            definitions: AttributeRegistry.standard.definitions.map { definition in
                .init(
                    name: definition.name, type: definition.type.label, summary: definition.summary,
                    example: definition.example)
            })
    }

    // MARK: -

    /// A noderange read as plain text: the names need not exist.
    private func newNames(_ range: String) throws -> NodeSet {
        try NodeRange(range).expand()
    }

    private func nodes(of range: String, in inventory: Inventory) throws -> NodeSet {
        try inventory.expand(try NodeRange(range), sets: deployments.nodes(inState:))
    }

    private func existing(_ range: String?, in inventory: Inventory) throws -> NodeSet {
        guard let range else { return inventory.nodeNames }
        let names = try nodes(of: range, in: inventory)
        try refuseMissing(names.filter { !inventory.hasNode($0) }, "node", "muster node list")
        return names
    }

    private func existingGroups(_ text: String?, in inventory: Inventory) throws -> NodeSet {
        guard let text else { return inventory.groupNames }
        let names = try newNames(text)
        try refuseMissing(names.filter { !inventory.hasGroup($0) }, "group", "muster group list")
        return names
    }

    private func refuseMissing(_ missing: [String], _ kind: String, _ command: String) throws {
        guard !missing.isEmpty else { return }
        let set = NodeSet(missing)
        let text = plain(set.shortened, limit: 200)
        throw MusterError(
            .notFound, missing.count == 1 ? "there is no \(kind) '\(text)'" : "there are no \(kind)s \(text)",
            advice: "see `\(command)`")
    }

    /// Refuses names that no attribute has. One that another version wrote and that was found is not looked up.
    private func list(_ items: [AttributeList.Item], _ patterns: [String]) throws -> AttributeList {
        for name in patterns where !name.contains("*") {
            guard !items.contains(where: { $0.attributes.contains { $0.name == name } }) else { continue }
            _ = try AttributeRegistry.standard.attribute(name)
        }
        return AttributeList(items: items)
    }

    private func chosen(_ attributes: [EffectiveAttribute], _ patterns: [String]) -> [AttributeList.Attribute] {
        attributes
            .filter { attribute in patterns.isEmpty || patterns.contains { matches(attribute.name, $0) } }
            .map { attribute in
                AttributeList.Attribute(
                    name: attribute.name, value: attribute.value, origin: attribute.source.description,
                    expression: attribute.expression, error: attribute.problem, needed: attribute.needed)
            }
    }
}

/// Whether a text fits a pattern in which `*` stands for any run of characters.
func matches(_ text: String, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return text == pattern }
    guard text.hasPrefix(parts[0]), text.hasSuffix(parts[parts.count - 1]),
        text.count >= parts[0].count + parts[parts.count - 1].count
    else { return false }
    var rest = text.dropFirst(parts[0].count).dropLast(parts[parts.count - 1].count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
        guard let range = rest.firstRange(of: part) else { return false }
        rest = rest[range.upperBound...]
    }
    return true
}
