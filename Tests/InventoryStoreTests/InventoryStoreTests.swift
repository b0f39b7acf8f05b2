import Inventory
import InventoryStore
import MusterBase
import NodeRange
import Store
import Testing

@Suite("the inventory in a store", .timeLimit(.minutes(1)))
struct InventoryStoreTests {
    @Test("nodes and groups are kept as JSON under their names, expressions as text")
    func keptForm() async throws {
        let store = MemoryStore()
        let inventory = try await InventoryStore.open(store: store)
        try await inventory.define(groups: ["compute"], settings("net.ipv4_address=10.1.0.{n1}/16"))
        try await inventory.define(nodes: ["n1"], settings("groups=compute", "info.note=a \"b\" \\ ö\tc"))
        #expect(
            try await kept(store, "inventory/groups/compute")
                == #"{"attributes":{"net.ipv4_address":"10.1.0.{n1}/16"}}"#)
        #expect(
            try await kept(store, "inventory/nodes/n1")
                == #"{"attributes":{"groups":"compute","info.note":"a \"b\" \\ ö\u0009c"}}"#)
        try await inventory.remove(nodes: ["n1"])
        #expect(try await store.get("inventory/nodes/n1") == nil)
    }

    @Test("opened again, it is the same")
    func reopen() async throws {
        let store = MemoryStore()
        let first = try await InventoryStore.open(store: store)
        try await first.define(
            groups: ["compute"], settings("net.ipv4_address=10.1.0.{n1}/16", "info.note=a \"b\" \\ ö\tc"))
        try await first.define(nodes: range("n[1-3]"), settings("groups=compute", "net.hwaddr=52:54:00:00:00:0{n1}"))
        let second = try await InventoryStore.open(store: store)
        for node in ["n1", "n2", "n3"] { #expect(try second.attributes(of: node) == first.attributes(of: node)) }
        #expect(try second.attributes(ofGroup: "compute") == first.attributes(ofGroup: "compute"))
        #expect(second.node(address: IPv4Address(10, 1, 0, 3)) == "n3")
        #expect(second.node(mac: MACAddress(rawValue: 0x5254_0000_0002)) == "n2")
        #expect(try second.snapshot.expand(try NodeRange("compute,-n1")) == ["n2", "n3"])
        #expect(second.revision == first.revision)
    }

    @Test("a large change is one transaction, and everything in it is found")
    func largeChange() async throws {
        let store = MemoryStore()
        let inventory = try await InventoryStore.open(store: store)
        try await inventory.define(
            nodes: range("n[1-5000]"), settings("net.hwaddr=52:54:00:00:{n1/256:02x}:{n1%256:02x}"))
        #expect(try await store.revision() == 1)
        #expect(inventory.nodeCount == 5000)
        #expect(inventory.node(mac: MACAddress(rawValue: 0x5254_0000_1388)) == "n5000")
        #expect(try inventory.snapshot.expand(try NodeRange("n[1-5000]")).count == 5000)
    }

    @Test("a wrong attribute or value changes neither store nor memory")
    func refusedChange() async throws {
        let store = MemoryStore()
        let inventory = try await InventoryStore.open(store: store)
        try await inventory.define(nodes: range("n[1-3]"))
        let before = try await store.revision()
        for texts in [
            ["net.mtu=9000", "net.mtuu=1"], ["net.mtu=9000", "net.hwaddr=x"], ["net.hwaddr=52:54:00:00:00:01"],
        ] {
            let assignments = try texts.map { try Assignment($0) }
            await #expect(throws: MusterError.self) { try await inventory.set(nodes: range("n[1-3]"), assignments) }
        }
        #expect(try await store.revision() == before)
        #expect(try inventory.value("net.mtu", of: "n1") == nil)
        #expect(inventory.node(mac: MACAddress(rawValue: 0x5254_0000_0001)) == nil)
    }

    @Test("a store that refuses leaves the memory as it was")
    func refusingStore() async throws {
        let inventory = try await InventoryStore.open(store: FixedStore())
        let error = await #expect(throws: MusterError.self) { try await inventory.define(nodes: ["n1"]) }
        #expect(error?.code == .forbidden)
        #expect(!inventory.hasNode("n1"))
    }

    @Test("changes at the same time are all done")
    func concurrentChanges() async throws {
        let store = MemoryStore()
        let inventory = try await InventoryStore.open(store: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...50 {
                group.addTask { try await inventory.define(nodes: NodeSet(["n\(number)"]), settings("net.mtu=9000")) }
                group.addTask { _ = try? inventory.snapshot.expand(try NodeRange("everything,-n1")) }
            }
            try await group.waitForAll()
        }
        #expect(inventory.nodeCount == 50)
        #expect(try await InventoryStore.open(store: store).nodeCount == 50)
    }

    @Test("a member alone never conflicts with itself")
    func noConflictAlone() async throws {
        let store = ConflictCountingStore()
        let inventory = try await InventoryStore.open(store: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...50 { group.addTask { try await inventory.define(nodes: NodeSet(["n\(number)"])) } }
            try await group.waitForAll()
        }
        #expect(inventory.nodeCount == 50)
        #expect(store.conflicts == 0)
    }

    @Test(
        "what is kept under a key and cannot be read is left out and reported",
        arguments: ["{", "[]", "{\"attributes\":{\"a\":1}}", ""])
    func unreadable(text: String) async throws {
        let store = MemoryStore([
            "inventory/nodes/n1": Array(text.utf8), "inventory/nodes/n2": Array("{\"attributes\":{}}".utf8),
        ])
        let log = EventLog()
        let inventory = try await InventoryStore.open(store: store, report: log.report)
        #expect(inventory.snapshot.nodeNames == ["n2"])
        await log.wait { if case .unreadable("inventory/nodes/n1") = $0 { true } else { false } }
    }

    @Test("a store that does not answer cannot be opened")
    func brokenStore() async throws {
        let error = await #expect(throws: MusterError.self) { try await InventoryStore.open(store: BrokenStore()) }
        #expect(error?.code == .unavailable)
    }
}
