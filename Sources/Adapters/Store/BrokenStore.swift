import MusterBase

/// A store of which every call fails with the same error: to test what stands above a store.
public struct BrokenStore: Store {
    private let error: MusterError

    public init(_ error: MusterError = MusterError(.unavailable, "the store is broken")) { self.error = error }

    public func get(_ key: String) async throws(MusterError) -> StoreEntry? { throw error }
    public func range(_ prefix: String, startingAfter: String?, limit: Int) async throws(MusterError) -> StorePage {
        throw error
    }
    public func transact(_ transaction: Transaction) async throws(MusterError) -> TransactionResult { throw error }
    public func watch(_ prefix: String, after revision: StoreRevision) -> StoreWatch {
        StoreWatch(after: revision) { [error] _ throws(MusterError) in throw error }
    }
    public func revision() async throws(MusterError) -> StoreRevision { throw error }
    public func close() async throws(MusterError) {}
}
