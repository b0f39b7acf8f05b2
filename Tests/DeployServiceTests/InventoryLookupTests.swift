import DeployService
import Inventory
import InventoryStore
import MusterBase
import NodeRange
import Store
import Testing

@Suite("what deployments read from the inventory", .timeLimit(.minutes(1)))
struct InventoryLookupTests {
    @Test("a change of the node, of its group or by another member is seen at the next question", arguments: [1, 1000])
    func follows(limit: Int) async throws {
        let store = MemoryStore()
        let inventory = try await InventoryStore.open(store: store)
        let lookup = InventoryLookup(inventory, limit: limit)
        func addresses() throws -> [String?] {
            try ["n1", "n2"].map { name in
                try lookup.settings(of: name)?.interfaces.first?.address.map { "\($0)" }
            }
        }
        try await inventory.define(groups: ["compute"], [try Assignment("net.ipv4_address=10.1.0.{n1}/16")])
        try await inventory.define(
            nodes: ["n1", "n2"],
            [try Assignment("groups=compute"), try Assignment("net.hwaddr=52:54:00:00:00:0{n1}")])
        for _ in 0..<2 { #expect(try addresses() == ["10.1.0.1/16", "10.1.0.2/16"]) }
        try await inventory.set(nodes: ["n1"], [try Assignment("net.ipv4_address=10.1.7.1/16")])
        #expect(try addresses() == ["10.1.7.1/16", "10.1.0.2/16"])
        try await inventory.set(groups: ["compute"], [try Assignment("net.ipv4_address=10.2.0.{n1}/16")])
        #expect(try addresses() == ["10.1.7.1/16", "10.2.0.2/16"])
        let member = try await InventoryStore.open(store: store)
        try await member.set(nodes: ["n2"], [try Assignment("net.ipv4_address=10.3.0.2/16")])
        // The first member takes it in before it makes a change of its own.
        try await inventory.define(nodes: ["n3"])
        #expect(try addresses() == ["10.1.7.1/16", "10.3.0.2/16"])
        try await inventory.remove(nodes: ["n1"])
        #expect(try addresses() == [nil, "10.3.0.2/16"])
    }
}
