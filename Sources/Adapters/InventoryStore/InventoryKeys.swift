import Inventory
import Store

/// Where nodes and groups are kept in the store.
enum InventoryKeys {
    static let prefix = "inventory/"
    static let nodes = "inventory/nodes/"
    static let groups = "inventory/groups/"
    /// Put anew by every change of the inventory: a change whose maker has not seen the last one fails, so that what
    /// was checked (no two nodes with one address) still holds when it is done.
    static let guardKey = "inventory/revision"

    /// What one change of the store means.
    enum Meaning {
        case node(String, [String: String]?)
        case group(String, [String: String]?)
        case `guard`
        case unreadable
    }

    static func read(_ change: StoreChange) -> Meaning {
        let key = change.key
        if key == guardKey { return .guard }
        let stored: [String: String]?
        switch change {
        case .delete: stored = nil
        case .put(let entry):
            guard let read = EntityCoding.decode(entry.value) else { return .unreadable }
            stored = read
        }
        if key.hasPrefix(nodes) { return .node(String(key.dropFirst(nodes.count)), stored) }
        if key.hasPrefix(groups) { return .group(String(key.dropFirst(groups.count)), stored) }
        return .unreadable
    }

    /// The transaction that makes a change, if the inventory was last changed by `known`.
    static func transaction(_ change: InventoryChange, _ known: StoreRevision) -> Transaction {
        var changes: [Change] = [.put(guardKey, Array("{}".utf8))]
        changes.reserveCapacity(change.nodes.count + change.groups.count + 1)
        append(change.groups, groups, to: &changes)
        append(change.nodes, nodes, to: &changes)
        let condition: Condition = known == 0 ? .absent(guardKey) : .modRevision(guardKey, known)
        return Transaction(conditions: [condition], changes: changes)
    }

    private static func append(
        _ entities: [(name: String, attributes: AttributeTable?)], _ prefix: String, to changes: inout [Change]
    ) {
        // Nodes that are made together share their table, and then its text too.
        var last: (table: AttributeTable, octets: [UInt8])?
        for (name, table) in entities {
            guard let table else {
                changes.append(.delete(prefix + name))
                continue
            }
            let octets: [UInt8]
            if let last, last.table.isCopy(of: table) {
                octets = last.octets
            } else {
                octets = EntityCoding.encode(table)
            }
            last = (table, octets)
            changes.append(.put(prefix + name, octets))
        }
    }
}
