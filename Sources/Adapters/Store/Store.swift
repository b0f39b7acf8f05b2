import MusterBase

/// The number of a committed transaction. The first one is 1; 0 is the empty store. It only grows.
public typealias StoreRevision = Int64

/// An ordered map from keys to octets, with transactions and a history.
///
/// The embedded SQLite store, a store in memory and, later, etcd stand behind it; so it promises no more than etcd v3
/// can give. Keys are paths of printable ASCII such as `nodes/n1` (see ``checkStoreKey(_:)``), ordered by their octets.
/// Each transaction that changes something gets the next ``StoreRevision``.
public protocol Store: Sendable {
    /// The entry under `key`, or nil.
    func get(_ key: String) async throws(MusterError) -> StoreEntry?

    /// At most `limit` entries whose keys begin with `prefix` and lie after `startingAfter`, in the order of keys.
    ///
    /// One page is a consistent picture. Later pages are of a later revision if something was changed in between:
    /// compare ``StorePage/revision`` where that matters.
    func range(_ prefix: String, startingAfter: String?, limit: Int) async throws(MusterError) -> StorePage

    /// Does all changes of the transaction if all its conditions hold, and else none.
    ///
    /// When it returns `.committed`, the changes are as durable as the store makes them. It throws `invalidInput` for a
    /// bad key or a key that is changed twice, `exhausted` when there is no room, `unavailable` when the store is
    /// closed; nothing is changed then.
    func transact(_ transaction: Transaction) async throws(MusterError) -> TransactionResult

    /// The changes under `prefix` made after `revision`, one batch a transaction, in order, and then what comes.
    ///
    /// Ends when the store is closed or the task cancelled. Throws ``MusterError/Code/compacted`` when the history no
    /// longer reaches back to what the watcher has not seen: read the present state by
    /// ``range(_:startingAfter:limit:)`` and watch again from the revision of that page.
    func watch(_ prefix: String, after revision: StoreRevision) -> StoreWatch

    /// The revision of the last transaction that changed something.
    func revision() async throws(MusterError) -> StoreRevision

    /// Waits for transactions under way, ends the watches and lets go of files. Later calls throw `unavailable`.
    func close() async throws(MusterError)
}

extension Store {
    /// The first page under `prefix`.
    public func range(_ prefix: String, limit: Int) async throws(MusterError) -> StorePage {
        try await range(prefix, startingAfter: nil, limit: limit)
    }

    /// Every entry under `prefix`, read in pages of `pageSize`; it starts again when something was changed between two
    /// pages, so that the result is the picture of one revision. After `attempts` vain attempts it throws `conflict`.
    public func all(_ prefix: String, pageSize: Int = 10_000, attempts: Int = 5) async throws(MusterError) -> StorePage
    {
        for _ in 0..<attempts {
            var page = try await range(prefix, startingAfter: nil, limit: pageSize)
            var entries = page.entries
            let revision = page.revision
            while page.hasMore, page.revision == revision {
                page = try await range(prefix, startingAfter: entries.last?.key, limit: pageSize)
                entries += page.entries
            }
            if page.revision == revision {
                return StorePage(entries: entries, revision: revision, hasMore: false)
            }
        }
        throw MusterError(.conflict, "reading all of '\(prefix)': the store changed at each of \(attempts) attempts")
    }

    /// Puts one entry without any condition and returns the new revision.
    @discardableResult
    public func put(_ key: String, _ value: [UInt8]) async throws(MusterError) -> StoreRevision {
        try await commit(Transaction(changes: [.put(key, value)]))
    }

    /// Does a transaction of which a conflict is an error: it throws `conflict` then.
    @discardableResult
    public func commit(_ transaction: Transaction) async throws(MusterError) -> StoreRevision {
        switch try await transact(transaction) {
        case .committed(let revision): return revision
        case .conflict(let index):
            let condition = transaction.conditions[index]
            throw MusterError(.conflict, "the store was changed by somebody else: \(condition) does not hold")
        }
    }
}
