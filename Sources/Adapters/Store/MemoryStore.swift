import MusterBase

/// A store that lives in memory: for tests, simulations and dry runs.
public actor MemoryStore: Store {
    private var content: EntryTable
    private var current: StoreRevision
    private let history: ChangeHistory
    private var isClosed = false

    /// - Parameters:
    ///   - entries: what it holds at the beginning, as revision 1.
    ///   - historyLimit: octets of changes kept for watchers.
    public init(_ entries: [String: [UInt8]] = [:], historyLimit: Int = 4 << 20) {
        current = entries.isEmpty ? 0 : 1
        content = EntryTable()
        for (key, value) in entries {
            content.put(StoreEntry(key: key, value: value, createRevision: 1, modRevision: 1))
        }
        history = ChangeHistory(after: current, limit: historyLimit)
    }

    public func get(_ key: String) async throws(MusterError) -> StoreEntry? {
        try checkOpen()
        try checkStoreKey(key)
        return content[key]
    }

    public func range(_ prefix: String, startingAfter: String?, limit: Int) async throws(MusterError) -> StorePage {
        try checkOpen()
        try checkStorePrefix(prefix)
        let found = content.entries(prefix, startingAfter: startingAfter, limit: max(0, limit))
        return StorePage(entries: found.entries, revision: current, hasMore: found.hasMore)
    }

    public func transact(_ transaction: Transaction) async throws(MusterError) -> TransactionResult {
        try checkOpen()
        try transaction.validate()
        for (index, condition) in transaction.conditions.enumerated()
        where !condition.holds(for: content[condition.key]) {
            return .conflict(condition: index)
        }
        let changes = transaction.changes.flatMap { apply($0, at: current + 1) }
        if !changes.isEmpty {
            current += 1
            history.append([StoreChangeBatch(revision: current, changes: changes)])
        }
        return .committed(current)
    }

    public nonisolated func watch(_ prefix: String, after revision: StoreRevision) -> StoreWatch {
        history.watch(prefix, after: revision) { _ in .compacted }
    }

    public func revision() async throws(MusterError) -> StoreRevision {
        try checkOpen()
        return current
    }

    public func close() async throws(MusterError) {
        isClosed = true
        history.close()
    }

    private func checkOpen() throws(MusterError) {
        if isClosed { throw MusterError(.unavailable, "the store is closed") }
    }

    private func apply(_ change: Change, at revision: StoreRevision) -> [StoreChange] {
        switch change {
        case .put(let key, let value):
            let created = content[key]?.createRevision ?? revision
            let entry = StoreEntry(key: key, value: value, createRevision: created, modRevision: revision)
            content.put(entry)
            return [.put(entry)]
        case .delete(let key):
            return content.remove(key) ? [.delete(key)] : []
        case .deletePrefix(let prefix):
            let keys = content.entries(prefix, startingAfter: nil, limit: .max).entries.map(\.key)
            return keys.compactMap { content.remove($0) ? .delete($0) : nil }
        }
    }
}
