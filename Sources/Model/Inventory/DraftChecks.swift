import MusterBase
import NodeRange

extension InventoryPlanner {
    /// Checks what can only be seen of the whole.
    func check() throws(MusterError) {
        try checkGroups()
        var claims = KeyClaims()
        let affected = draft.base.affectedNodes(draft.change)
        let isAffected = affected.count > 64 ? Set(affected) : []
        func holds(_ node: String?) -> String? {
            guard let node else { return nil }
            return (isAffected.isEmpty ? affected.contains(node) : isAffected.contains(node)) ? nil : node
        }
        let index = draft.base.index
        for node in affected {
            guard let resolution = AttributeResolution(draft, node: node) else { continue }
            let keys = try resolution.check()
            for (value, attribute) in keys.macAddresses {
                try claims.claim(mac: value, attribute, node, holder: holds(index.macAddresses[value]))
            }
            for (value, attribute) in keys.uuids {
                try claims.claim(uuid: value, attribute, node, holder: holds(index.uuids[value]))
            }
            for (value, attribute) in keys.addresses {
                try claims.claim(address: value, attribute, node, holder: holds(index.addresses[value]))
            }
        }
    }

    private func checkGroups() throws(MusterError) {
        var known: Set<String> = []
        for node in draft.changedNodes {
            guard let record = draft.record(ofNode: node) else { continue }
            for group in record.groups where !known.contains(group) {
                guard group != EntityName.everything else {
                    throw MusterError(
                        .invalidInput, "node \(node): every node is in the group 'everything'; do not name it in groups"
                    )
                }
                guard draft.table(ofGroup: group) != nil else {
                    throw MusterError(
                        .notFound, "node \(node): there is no group '\(group.prefix(80))'",
                        advice: "`muster group define \(group.prefix(80))` makes it")
                }
                known.insert(group)
            }
        }
        for group in draft.changedGroups where draft.table(ofGroup: group) == nil {
            let left = (draft.base.members(ofGroup: group) ?? NodeSet()).filter {
                draft.record(ofNode: $0)?.groups.contains(group) == true
            }
            guard left.isEmpty else {
                let text = NodeSet(left).shortened
                throw MusterError(
                    .conflict, "group \(group) cannot be removed: \(left.count) nodes are in it",
                    advice: "take them out first: `muster node set \(text.prefix(80)) groups-=\(group)`")
            }
        }
    }
}

/// Who has what no two nodes may have.
private struct KeyClaims {
    private var macAddresses: [MACAddress: String] = [:]
    private var uuids: [MachineUUID: String] = [:]
    private var addresses: [IPv4Address: String] = [:]

    /// - Parameter holder: The node outside the change that has the value.
    mutating func claim(
        mac: MACAddress, _ attribute: Attribute, _ node: String, holder: String?
    ) throws(MusterError) {
        let other = macAddresses.updateValue(node, forKey: mac) ?? holder
        try refuse("MAC address \(mac)", attribute, node, other)
    }

    mutating func claim(
        uuid: MachineUUID, _ attribute: Attribute, _ node: String, holder: String?
    ) throws(MusterError) {
        let other = uuids.updateValue(node, forKey: uuid) ?? holder
        try refuse("UUID \(uuid)", attribute, node, other)
    }

    mutating func claim(
        address: IPv4Address, _ attribute: Attribute, _ node: String, holder: String?
    ) throws(MusterError) {
        let other = addresses.updateValue(node, forKey: address) ?? holder
        try refuse("IPv4 address \(address)", attribute, node, other)
    }

    private func refuse(
        _ what: @autoclosure () -> String, _ attribute: Attribute, _ node: String, _ other: String?
    ) throws(MusterError) {
        guard let other, other != node else { return }
        throw MusterError(
            .conflict, "\(attribute.name) of node \(node): \(what()) already belongs to node \(other)")
    }
}
