import Inventory
import MusterBase
import NodeRange
import TestSupport
import Testing

@Suite("the index after many changes")
struct IndexTests {
    @Test("it is what a fresh inventory with the same content has", arguments: 0..<12 as Range<UInt64>)
    func sameAsFresh(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var inventory = Inventory()
        try inventory.defineGroups("a,b,c")
        for _ in 0..<150 {
            // Many of these are refused; what is left must be consistent.
            if let change = try? inventory.plan([randomRequest(&generator)]) { inventory.apply(change) }
        }
        let fresh = rebuilt(inventory)
        #expect(inventory.everythingSet == fresh.everythingSet)
        for group in ["a", "b", "c"] { #expect(inventory.members(ofGroup: group) == fresh.members(ofGroup: group)) }
        for number in 0..<40 as Range<UInt64> {
            let mac = MACAddress(rawValue: 0x5254_0000_0000 + number)
            #expect(inventory.node(mac: mac) == fresh.node(mac: mac))
            let address = IPv4Address(rawValue: 0x0A00_0000 + UInt32(number))
            #expect(inventory.node(address: address) == fresh.node(address: address))
            #expect(inventory.node(serial: "s\(number)") == fresh.node(serial: "s\(number)"))
        }
    }

    private func randomRequest(_ generator: inout SeededGenerator) -> InventoryRequest {
        let first = Int.random(in: 1...20, using: &generator)
        let nodes = NodeSet((first...min(20, first + Int.random(in: 0...3, using: &generator))).map { "n\($0)" })
        switch Int.random(in: 0..<6, using: &generator) {
        case 0, 1: return .defineNodes(nodes, [randomAssignment(&generator)])
        case 2, 3: return .setNodes(nodes, [randomAssignment(&generator), randomAssignment(&generator)])
        case 4: return .removeNodes(nodes)
        default:
            let group = ["a", "b", "c", "everything"].randomElement(using: &generator) ?? "a"
            return .setGroups([group], [randomAssignment(&generator)])
        }
    }

    private func randomAssignment(_ generator: inout SeededGenerator) -> Assignment {
        let number = Int.random(in: 1...30, using: &generator)
        let choices = [
            Assignment("net.hwaddr", .set, "52:54:00:00:00:\(number < 16 ? "0" : "")\(String(number, radix: 16))"),
            Assignment("net.hwaddr", .set, "52:54:00:00:00:{n1+\(number % 3):02x}"),
            Assignment("net.ipv4_address", .set, "10.0.0.{n1+\(number % 5)}/24"),
            Assignment("net.ib0.ipv4_address", .set, "10.0.0.{custom.x}/24"), Assignment("custom.x", .set, "\(number)"),
            Assignment("custom.x", .set, "{n1+\(number)}"), Assignment("id.serial", .set, "s\(number % 4)"),
            Assignment("net.ipv4_address", .set, ""), Assignment("net.hwaddr", .set, ""),
            Assignment("groups", .add, ["a", "b", "c"][number % 3]),
            Assignment("groups", .remove, ["a", "b", "c"][number % 3]),
        ]
        return choices.randomElement(using: &generator) ?? choices[0]
    }

    /// The same content, read as from a store.
    private func rebuilt(_ inventory: Inventory) -> Inventory {
        var fresh = Inventory()
        let stored = inventory.stored
        fresh.apply(fresh.change(nodes: stored.nodes, groups: stored.groups))
        return fresh
    }

    @Test("attributes that this version does not know survive a change")
    func unknownAttributes() throws {
        var inventory = Inventory()
        inventory.apply(inventory.change(nodes: [("n1", ["future.thing": "x{", "net.mtu": "9000"])], groups: []))
        try inventory.setNodes("n1", "net.mtu=1500")
        #expect(inventory.stored.nodes.first?.stored == ["future.thing": "x{", "net.mtu": "1500"])
        #expect(throws: MusterError.self) { try inventory.setNodes("n1", "future.thing=y") }
    }
}
