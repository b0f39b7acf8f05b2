import MusterBase
import Store
import Synchronization

/// A store in memory whose transactions are counted, can be held up, and can be made to fail.
final class WatchedStore: Store {
    private struct State {
        var transactions: [Transaction] = []
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    let content: MemoryStore
    private let state = Mutex(State())
    private let refused: String?

    /// - Parameter refused: a key; transactions that change it fail.
    init(over content: MemoryStore = MemoryStore(), refusing refused: String? = nil) {
        self.content = content
        self.refused = refused
    }

    /// All that were asked for, also those that changed nothing.
    var transactions: [Transaction] { state.withLock { $0.transactions } }
    /// Conditions of the transaction that is held up now.
    var heldConditions: Int { state.withLock { $0.held.isEmpty ? 0 : $0.transactions.last?.conditions.count ?? 0 } }

    /// Lets transactions wait from now on.
    func hold() { state.withLock { $0.isHeld = true } }

    func letGo() {
        let held = state.withLock { state in
            defer { state.held.removeAll() }
            state.isHeld = false
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    func transact(_ transaction: Transaction) async throws(MusterError) -> TransactionResult {
        state.withLock { $0.transactions.append(transaction) }
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if !state.isHeld { return true }
                state.held.append(continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
        if let refused, transaction.changes.contains(where: { $0.puts(refused) }) {
            throw MusterError(.exhausted, "there is no room for \(refused)")
        }
        return try await content.transact(transaction)
    }

    func get(_ key: String) async throws(MusterError) -> StoreEntry? { try await content.get(key) }
    func range(_ prefix: String, startingAfter: String?, limit: Int) async throws(MusterError) -> StorePage {
        try await content.range(prefix, startingAfter: startingAfter, limit: limit)
    }
    func watch(_ prefix: String, after revision: StoreRevision) -> StoreWatch {
        content.watch(prefix, after: revision)
    }
    func revision() async throws(MusterError) -> StoreRevision { try await content.revision() }
    func close() async throws(MusterError) { try await content.close() }
}

extension Change {
    func puts(_ wanted: String) -> Bool {
        guard case .put(let key, _) = self else { return false }
        return key == wanted
    }

    func puts(under prefix: String) -> Bool {
        guard case .put(let key, _) = self else { return false }
        return key.hasPrefix(prefix)
    }
}
