import Inventory
import InventoryStore
import MusterBase
import NodeRange
import Store
import Testing

@Suite("two members on one store", .timeLimit(.minutes(1)))
struct MembersTests {
    private func isApplied(_ event: InventoryEvent) -> Bool { if case .applied = event { true } else { false } }

    @Test("what one member changes arrives at the other by the watch, expressions of groups included")
    func changeArrives() async throws {
        let store = MemoryStore()
        let log = EventLog()
        let first = try await InventoryStore.open(store: store)
        let second = try await InventoryStore.open(store: store, report: log.report)
        let watching = Task { await second.run() }
        try await first.define(groups: ["compute"], settings("net.ipv4_address=10.1.0.{n1}/16"))
        await log.wait(isApplied)
        #expect(second.hasGroup("compute"))
        try await first.define(nodes: ["n1"], settings("groups=compute"))
        await log.wait(isApplied)
        #expect(second.node(address: IPv4Address(10, 1, 0, 1)) == "n1")
        try await first.set(groups: ["compute"], settings("net.ipv4_address=10.2.0.{n1}/16"))
        await log.wait(isApplied)
        #expect(second.node(address: IPv4Address(10, 1, 0, 1)) == nil)
        #expect(second.node(address: IPv4Address(10, 2, 0, 1)) == "n1")
        try await first.remove(nodes: ["n1"])
        await log.wait(isApplied)
        #expect(second.node(address: IPv4Address(10, 2, 0, 1)) == nil)
        #expect(second.revision == first.revision)
        watching.cancel()
        await watching.value
    }

    @Test("a member that has not seen the last change cannot give an address away twice")
    func race() async throws {
        let store = MemoryStore()
        let first = try await InventoryStore.open(store: store)
        let second = try await InventoryStore.open(store: store)
        try await first.define(nodes: ["n1"], settings("net.hwaddr=52:54:00:00:00:01"))
        let error = await #expect(throws: MusterError.self) {
            try await second.define(nodes: ["n2"], settings("net.hwaddr=52:54:00:00:00:01"))
        }
        #expect(error?.message.contains("already belongs to node n1") == true)
        try await second.define(nodes: ["n2"], settings("net.hwaddr=52:54:00:00:00:02"))
        try await first.set(nodes: ["n2"], settings("net.mtu=9000"))
        #expect(try first.value("net.hwaddr", of: "n2") == "52:54:00:00:00:02")
    }

    @Test("members that change things at the same time all get through")
    func contention() async throws {
        let store = MemoryStore()
        let members = [try await InventoryStore.open(store: store), try await InventoryStore.open(store: store)]
        let watching = members.map { member in Task { await member.run() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, member) in members.enumerated() {
                group.addTask {
                    for number in 1...20 { try await member.define(nodes: NodeSet(["m\(index)n\(number)"])) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await InventoryStore.open(store: store).nodeCount == 40)
        for task in watching {
            task.cancel()
            await task.value
        }
    }

    @Test("a member that fell behind the store's history reads everything anew")
    func gap() async throws {
        let store = MemoryStore(historyLimit: 2_000)
        let log = EventLog()
        let first = try await InventoryStore.open(store: store)
        let second = try await InventoryStore.open(store: store, report: log.report)
        try await first.define(nodes: range("n[1-100]"), settings("net.hwaddr=52:54:00:00:00:{n1:02x}"))
        try await first.remove(nodes: range("n[1-50]"))
        let watching = Task { await second.run() }
        await log.wait { if case .reloaded = $0 { true } else { false } }
        #expect(second.nodeCount == 50)
        #expect(second.node(mac: MACAddress(rawValue: 0x5254_0000_0064)) == "n100")
        #expect(second.node(mac: MACAddress(rawValue: 0x5254_0000_0001)) == nil)
        watching.cancel()
        await watching.value
    }

    @Test("a change made after falling behind reads everything anew first")
    func gapBeforeChange() async throws {
        let store = MemoryStore(historyLimit: 2_000)
        let first = try await InventoryStore.open(store: store)
        let second = try await InventoryStore.open(store: store)
        try await first.define(nodes: range("n[1-100]"))
        try await first.remove(nodes: range("n[1-50]"))
        try await second.set(nodes: ["n60"], settings("net.mtu=9000"))
        #expect(second.nodeCount == 50)
    }

    @Test("the watch asks again when the store fails, until it is cancelled")
    func failingStore() async throws {
        let log = EventLog()
        let inventory = try await InventoryStore.open(
            store: FailingWatchStore(), clock: InstantClock(), report: log.report)
        let watching = Task { await inventory.run() }
        for _ in 0..<3 { await log.wait { if case .storeFailed = $0 { true } else { false } } }
        watching.cancel()
        await watching.value
    }

    @Test("the watch ends when the store is closed")
    func closedStore() async throws {
        let store = MemoryStore()
        let inventory = try await InventoryStore.open(store: store)
        let watching = Task { await inventory.run() }
        try await store.close()
        await watching.value
    }
}

/// A store that can be read but not watched.
private struct FailingWatchStore: Store {
    private let content = MemoryStore()

    func get(_ key: String) async throws(MusterError) -> StoreEntry? { try await content.get(key) }
    func range(_ prefix: String, startingAfter: String?, limit: Int) async throws(MusterError) -> StorePage {
        try await content.range(prefix, startingAfter: startingAfter, limit: limit)
    }
    func transact(_ transaction: Transaction) async throws(MusterError) -> TransactionResult {
        try await content.transact(transaction)
    }
    func watch(_ prefix: String, after revision: StoreRevision) -> StoreWatch {
        StoreWatch(after: revision) { _ throws(MusterError) in throw MusterError(.unavailable, "no answer") }
    }
    func revision() async throws(MusterError) -> StoreRevision { try await content.revision() }
    func close() async throws(MusterError) {}
}
