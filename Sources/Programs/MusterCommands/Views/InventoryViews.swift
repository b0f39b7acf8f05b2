import MusterAPI
import MusterBase
import NodeRange

/// `defined 40 nodes: n[1-40]`
func changeText(_ verb: String, _ kind: InventoryKind, _ change: ChangeResponse) -> [UInt8] {
    let names = kind == .node ? NodeSet(change.names).description : change.names.joined(separator: ",")
    let list = names.isEmpty ? "" : ": \(names)"
    return Array("\(verb) \(counted(change.names.count, kind.noun))\(list)\n".utf8)
}

func nodeTable(_ list: NodeList) -> TextTable {
    var table = TextTable([.init("NODE"), .init("ADDRESS"), .init("MAC"), .init("GROUPS", shrinks: true)])
    table.reserve(list.nodes.count)
    for node in list.nodes {
        table.add([
            .init(node.name), .init(node.address?.description ?? "-"), .init(node.mac?.description ?? "-"),
            .init(node.groups.joined(separator: ",")),
        ])
    }
    return table
}

func groupTable(_ list: GroupList) -> TextTable {
    var table = TextTable([.init("GROUP"), .init("COUNT", .right), .init("NODES", shrinks: true)])
    for group in list.groups { table.add([.init(group.name), .init(String(group.count)), .init(group.nodes)]) }
    return table
}

func definitionTable(_ list: AttributeDefinitionList) -> TextTable {
    var table = TextTable([.init("ATTRIBUTE"), .init("TYPE"), .init("EXAMPLE"), .init("MEANING", shrinks: true)])
    for definition in list.definitions {
        table.add([
            .init(definition.name), .init(definition.type), .init(definition.example ?? "-"), .init(definition.summary),
        ])
    }
    return table
}

func discoveryTable(_ list: DiscoveryList, at now: Timestamp) -> TextTable {
    var table = TextTable([
        .init("MAC"), .init("UUID"), .init("SERIAL"), .init("FIRMWARE"), .init("HEARD ON"), .init("COUNT", .right),
        .init("LAST", .right),
    ])
    for machine in list.machines {
        let place = machine.relay.map { "\(machine.interface) by relay \($0)" } ?? machine.interface
        table.add([
            .init(machine.mac.description), .init(machine.uuid?.description ?? "-"), .init(machine.serial ?? "-"),
            .init(machine.architecture ?? machine.vendorClass ?? "-"), .init(place), .init(String(machine.count)),
            .init(ageText(since: machine.lastSeen, at: now)),
        ])
    }
    return table
}
