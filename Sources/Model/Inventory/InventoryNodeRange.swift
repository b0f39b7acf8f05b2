import MusterBase
import NodeRange

extension Inventory: NodeRangeResolver {
    public func exists(node name: String) -> Bool { hasNode(name) }

    public var allNodes: NodeSet { nodeNames }

    /// Reads effective values; lists give each element. Values that cannot be computed count as unset.
    public func reader(ofAttribute name: String) throws(MusterError) -> (_ node: String) -> [String] {
        let attribute = try registry.attribute(name)
        guard !attribute.type.isSecret else {
            throw MusterError(.invalidInput, "nodes cannot be chosen by \(name), which is secret")
        }
        let isList = if case .list = attribute.type { true } else { false }
        return { [tables] node in
            guard let resolution = AttributeResolution(tables, node: node), let text = try? resolution.text(attribute)
            else { return [] }
            return isList ? listElements(text) : [text]
        }
    }
}

/// An inventory and sets of nodes that it does not know of itself, such as those whose deployment failed. A node or
/// group of the same name wins.
struct InventoryWithSets: NodeRangeResolver {
    let inventory: Inventory
    let sets: (String) -> [String]?

    var allNodes: NodeSet { inventory.allNodes }

    func exists(node name: String) -> Bool { inventory.exists(node: name) }

    func members(ofGroup name: String) -> NodeSet? {
        inventory.members(ofGroup: name) ?? sets(name).map { NodeSet($0).intersection(inventory.nodeNames) }
    }

    func reader(ofAttribute name: String) throws(MusterError) -> (_ node: String) -> [String] {
        try inventory.reader(ofAttribute: name)
    }
}
