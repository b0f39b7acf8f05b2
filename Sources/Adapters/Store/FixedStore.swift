import MusterBase

/// A store that can be read and not written: every transaction with a change fails with `forbidden`.
public struct FixedStore: Store {
    private let content: MemoryStore

    /// No entries: the empty store.
    public init(_ entries: [String: [UInt8]] = [:]) { content = MemoryStore(entries) }

    public func get(_ key: String) async throws(MusterError) -> StoreEntry? { try await content.get(key) }
    public func range(_ prefix: String, startingAfter: String?, limit: Int) async throws(MusterError) -> StorePage {
        try await content.range(prefix, startingAfter: startingAfter, limit: limit)
    }
    public func transact(_ transaction: Transaction) async throws(MusterError) -> TransactionResult {
        guard transaction.changes.isEmpty else { throw MusterError(.forbidden, "the store is for reading only") }
        return try await content.transact(transaction)
    }
    public func watch(_ prefix: String, after revision: StoreRevision) -> StoreWatch {
        content.watch(prefix, after: revision)
    }
    public func revision() async throws(MusterError) -> StoreRevision { try await content.revision() }
    public func close() async throws(MusterError) { try await content.close() }
}
