import DeployService
import DeploymentModel
import Inventory
import InventoryStore
import MusterBase
import NodeRange
import Store
import Testing

@Suite("what deployments read from the inventory", .timeLimit(.minutes(1)))
struct InventoryLookupTests {
    @Test("what an interface is made of, its routes and its names get to the node")
    func layers() async throws {
        let inventory = try await InventoryStore.open(store: MemoryStore())
        try await inventory.define(
            nodes: ["n1"],
            [
                try Assignment("net.hwaddr=52:54:00:00:00:01"), try Assignment("net.second.interface_names=eno2"),
                try Assignment("net.team_members=second"), try Assignment("net.vlan_id=42"),
                try Assignment("net.ipv4_routes=10.9.0.0/16 via 10.1.0.1"), try Assignment("net.ipv6_method=auto"),
            ])
        let interfaces = try #require(try InventoryLookup(inventory).settings(of: "n1")?.interfaces)
        #expect(interfaces.map(\.name) == ["", "second"])
        #expect(interfaces[0].kind == .bond(BondSettings(members: ["boot", "second"])))
        #expect(interfaces[0].tag == 42 && interfaces[0].ipv6 == .auto)
        #expect(interfaces[0].routes.map(\.description) == ["10.9.0.0/16 via 10.1.0.1"])
        #expect(interfaces[1].systemNames.map(\.text) == ["eno2"])
    }

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
