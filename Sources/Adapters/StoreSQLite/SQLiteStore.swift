import GRDB
import MusterBase
import Store

/// The embedded store: one SQLite file in WAL mode.
///
/// A transaction that is answered `.committed` is on disk: SQLite runs with `synchronous = FULL`, so it survives
/// `kill -9` and, as far as the disk tells the truth about flushing, a power loss. Transactions that wait at the same
/// time share one flush (see ``CommitQueue``), which keeps a thousand small ones from costing a thousand flushes.
///
/// The history for watchers is bounded: the newest part is in memory, the rest in the table `change`.
public final class SQLiteStore: Store {
    private let path: String
    let pool: DatabasePool
    private let lock: FileLock
    private let history: ChangeHistory
    private let queue: CommitQueue

    /// Opens the store, makes it if there is none, and brings an older schema up to date.
    ///
    /// Throws `conflict` if another process has it open, `unsupported` if the file is of another program or of a newer
    /// Muster, `exhausted` if the disk is full, and `systemFailure` if the file cannot be opened.
    /// - Parameters:
    ///   - path: the database file. Beside it lie `-wal`, `-shm` and `.lock`. Made with mode 0600.
    ///   - historyLimit: octets of changes that are kept on disk for watchers.
    public static func open(_ path: String, historyLimit: Int = 16 << 20) async throws(MusterError) -> SQLiteStore {
        try await open(path, historyLimit: historyLimit, pageLimit: nil)
    }

    /// `pageLimit` bounds the file, in pages of 4096 octets: how the tests fill the disk.
    package static func open(
        _ path: String,
        historyLimit: Int,
        pageLimit: Int?
    ) async throws(MusterError) -> SQLiteStore {
        let lock = try FileLock(path + ".lock", of: path)
        try createPrivateFile(path)
        do {
            try refuseForeign(path)
            let pool = try await openPool(path, pageLimit: pageLimit)
            let counters = try await pool.read { db in try Counters(db) }
            return SQLiteStore(path, pool, lock, counters, historyLimit)
        } catch {
            throw storeError(error, "opening the store \(path)")
        }
    }

    private init(_ path: String, _ pool: DatabasePool, _ lock: FileLock, _ counters: Counters, _ limit: Int) {
        self.path = path
        self.pool = pool
        self.lock = lock
        let history = ChangeHistory(after: counters.revision, limit: min(limit, 4 << 20))
        self.history = history
        let writer = TransactionWriter(historyLimit: limit)
        queue = CommitQueue(path: path, pool: pool, writer: writer) { batches in history.append(batches) }
    }

    public func get(_ key: String) async throws(MusterError) -> StoreEntry? {
        try checkStoreKey(key)
        return try await read("reading '\(key)'") { db in try EntryRows.entry(key, in: db) }
    }

    public func range(_ prefix: String, startingAfter: String?, limit: Int) async throws(MusterError) -> StorePage {
        try checkStorePrefix(prefix)
        return try await read("reading '\(prefix)…'") { db in
            try EntryRows.page(prefix, startingAfter: startingAfter, limit: limit, in: db)
        }
    }

    public func transact(_ transaction: Transaction) async throws(MusterError) -> TransactionResult {
        try transaction.validate()
        return try await queue.submit(transaction).get()
    }

    public func watch(_ prefix: String, after revision: StoreRevision) -> StoreWatch {
        history.watch(prefix, after: revision) { revision throws(MusterError) in
            try await self.read("reading the history of '\(prefix)'") { db in
                try ChangeRows.next(prefix, after: revision, in: db)
            }
        }
    }

    public func revision() async throws(MusterError) -> StoreRevision {
        try await read("reading the revision") { db in try Counters(db).revision }
    }

    public func close() async throws(MusterError) {
        await queue.finish()
        history.close()
        do {
            try pool.close()
        } catch {
            throw storeError(error, "closing the store \(path)")
        }
        lock.release()
    }

    private func read<Value: Sendable>(
        _ doing: String,
        _ body: @Sendable (Database) throws -> Value
    ) async throws(MusterError) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw storeError(error, "\(doing) in the store \(path)")
        }
    }
}
