import MusterBase

/// What one node is found by.
struct NodeKeys: Sendable {
    var macAddresses: [(MACAddress, Attribute)] = []
    var uuids: [(MachineUUID, Attribute)] = []
    var addresses: [(IPv4Address, Attribute)] = []
    var serials: [String] = []

    mutating func add(_ text: String, of attribute: Attribute) {
        switch attribute.definition.index {
        case .macAddress: if let value = MACAddress(text) { macAddresses.append((value, attribute)) }
        case .uuid: if let value = MachineUUID(text) { uuids.append((value, attribute)) }
        case .address: if let value = readIPv4WithPrefix(text) { addresses.append((value.address, attribute)) }
        case .serial: serials.append(text)
        case nil: break
        }
    }
}

/// Finds nodes by what is unique to them.
struct InventoryIndex: Sendable {
    private(set) var macAddresses: [MACAddress: String] = [:]
    private(set) var uuids: [MachineUUID: String] = [:]
    private(set) var addresses: [IPv4Address: String] = [:]
    /// Serial numbers are the vendor's affair: some give the same to many machines.
    private(set) var serials: [String: [String]] = [:]

    mutating func reserve(_ count: Int) {
        macAddresses.reserveCapacity(macAddresses.count + count)
    }

    mutating func insert(_ keys: NodeKeys, of node: String) {
        for (value, _) in keys.macAddresses { macAddresses[value] = node }
        for (value, _) in keys.uuids { uuids[value] = node }
        for (value, _) in keys.addresses { addresses[value] = node }
        for value in keys.serials { serials[value, default: []].append(node) }
    }

    /// Takes away what still belongs to the node.
    mutating func remove(_ keys: NodeKeys, of node: String) {
        for (value, _) in keys.macAddresses where macAddresses[value] == node { macAddresses[value] = nil }
        for (value, _) in keys.uuids where uuids[value] == node { uuids[value] = nil }
        for (value, _) in keys.addresses where addresses[value] == node { addresses[value] = nil }
        for value in keys.serials {
            serials[value]?.removeAll { $0 == node }
            if serials[value]?.isEmpty == true { serials[value] = nil }
        }
    }
}

extension AttributeResolution {
    /// What the node is found by. Values that cannot be computed are left out.
    func keys() -> NodeKeys {
        var keys = NodeKeys()
        // The body throws nothing.
        try? forEachEntry { (entry: AttributeTable.Entry, _: AttributeSource) throws(MusterError) in
            guard entry.attribute.definition.index != nil else { return }
            if let text = try? text(entry.attribute) { keys.add(text, of: entry.attribute) }
        }
        return keys
    }

    /// Computes every expression that holds for the node.
    ///
    /// - Returns: What the node is found by.
    /// - Throws: ``MusterError`` for the first expression at fault; one that only needs an unset attribute is not. Also for
    ///   interfaces that cannot be put together as they are set.
    func check() throws(MusterError) -> NodeKeys {
        var keys = NodeKeys()
        var hasLayout = false
        var gateways = 0
        try forEachEntry { (entry: AttributeTable.Entry, _: AttributeSource) throws(MusterError) in
            switch entry.attribute.definition.layout {
            case .structure: hasLayout = true
            case .gateway: gateways += 1
            case nil: break
            }
            if case .literal(let text) = entry.value {
                keys.add(text, of: entry.attribute)
            } else if let text = try text(entry.attribute) {
                keys.add(text, of: entry.attribute)
            }
        }
        if hasLayout || gateways > 1 { try LayoutCheck(node: node, interfaces: try interfaces()).check() }
        return keys
    }
}
