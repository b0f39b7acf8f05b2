import Inventory
import InventoryStore
import MusterBase
import NodeRange
import Store
import Synchronization

/// What an inventory store reports, to be waited for.
final class EventLog: Sendable {
    let events: AsyncStream<InventoryEvent>
    private let continuation: AsyncStream<InventoryEvent>.Continuation

    init() { (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000)) }

    var report: @Sendable (InventoryEvent) -> Void { { [continuation] in continuation.yield($0) } }

    /// Waits for the first event that the condition holds for.
    func wait(_ condition: (InventoryEvent) -> Bool) async {
        for await event in events where condition(event) { return }
    }
}

/// Time that passes as soon as somebody waits for it.
struct InstantClock: Clock {
    typealias Duration = Swift.Duration
    typealias Instant = ContinuousClock.Instant

    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        await Task.yield()
    }
}

func range(_ text: String) throws -> NodeSet { try NodeRange(text).expand() }

func settings(_ texts: String...) throws -> [Assignment] { try texts.map { try Assignment($0) } }

/// The text kept under a key.
func kept(_ store: any Store, _ key: String) async throws -> String? {
    try await store.get(key).map { String(decoding: $0.value, as: UTF8.self) }
}

/// A store in memory that counts the transactions whose conditions did not hold, and lets others run before each.
final class ConflictCountingStore: Store {
    private let content = MemoryStore()
    private let count = Mutex(0)

    var conflicts: Int { count.withLock { $0 } }

    func get(_ key: String) async throws(MusterError) -> StoreEntry? { try await content.get(key) }
    func range(_ prefix: String, startingAfter: String?, limit: Int) async throws(MusterError) -> StorePage {
        try await content.range(prefix, startingAfter: startingAfter, limit: limit)
    }
    func transact(_ transaction: Transaction) async throws(MusterError) -> TransactionResult {
        await Task.yield()
        let result = try await content.transact(transaction)
        if case .conflict = result { count.withLock { $0 += 1 } }
        return result
    }
    func watch(_ prefix: String, after revision: StoreRevision) -> StoreWatch {
        content.watch(prefix, after: revision)
    }
    func revision() async throws(MusterError) -> StoreRevision { try await content.revision() }
    func close() async throws(MusterError) { try await content.close() }
}
