import Inventory
import MusterBase
import NodeRange

/// Settings from their typed form.
func settings(_ texts: [String]) throws -> [Assignment] { try texts.map { try Assignment($0) } }

extension Inventory {
    /// Plans and applies one request.
    mutating func make(_ request: InventoryRequest) throws { apply(try plan([request])) }

    mutating func defineNodes(_ range: String, _ texts: String...) throws {
        try make(.defineNodes(try NodeRange(range).expand(), try settings(texts)))
    }

    mutating func setNodes(_ range: String, _ texts: String...) throws {
        try make(.setNodes(try NodeRange(range).expand(), try settings(texts)))
    }

    mutating func removeNodes(_ range: String) throws { try make(.removeNodes(try NodeRange(range).expand())) }

    mutating func defineGroups(_ range: String, _ texts: String...) throws {
        try make(.defineGroups(try NodeRange(range).expand(), try settings(texts)))
    }

    mutating func setGroups(_ range: String, _ texts: String...) throws {
        try make(.setGroups(try NodeRange(range).expand(), try settings(texts)))
    }

    /// Every node with all its effective attributes: to see whether anything changed.
    var everythingSet: [String] {
        let nodes = nodeNames.map { node in "\(node) \((try? attributes(of: node)) ?? [])" }
        let groups = groupNames.map { group in "\(group) \((try? attributes(ofGroup: group)) ?? [])" }
        return nodes + groups
    }
}
