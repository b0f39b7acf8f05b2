import GRDB
import Store

/// Does transactions in the database. Everything here happens within one SQLite transaction of the caller.
struct TransactionWriter: Sendable {
    /// What a group of transactions came to.
    struct Outcome: Sendable {
        var results: [TransactionResult] = []
        /// What was changed, in the order of revisions.
        var batches: [StoreChangeBatch] = []
        /// What the table `change` counts afterwards.
        var logCost: Int
    }

    /// The most that the table `change` may count.
    let historyLimit: Int

    /// - Parameter logCost: what the table `change` counts; nil if not known yet.
    func write(_ transactions: [Transaction], logCost: Int?, in db: Database) throws -> Outcome {
        var counters = try Counters(db)
        var outcome = Outcome(logCost: try logCost ?? ChangeRows.cost(db))
        for transaction in transactions {
            if let failed = try failedCondition(transaction, in: db) {
                outcome.results.append(.conflict(condition: failed))
                continue
            }
            let revision = counters.revision + 1
            let changes = try transaction.changes.flatMap { try apply($0, at: revision, in: db) }
            if !changes.isEmpty {
                counters.revision = revision
                try log(StoreChangeBatch(revision: revision, changes: changes), &outcome, &counters, in: db)
            }
            outcome.results.append(.committed(counters.revision))
        }
        try compact(&outcome, &counters, in: db)
        if !outcome.batches.isEmpty { try counters.save(db) }
        return outcome
    }

    private func failedCondition(_ transaction: Transaction, in db: Database) throws -> Int? {
        try transaction.conditions.firstIndex { condition in
            !condition.holds(for: try EntryRows.entry(condition.key, in: db))
        }
    }

    private func apply(_ change: Change, at revision: StoreRevision, in db: Database) throws -> [StoreChange] {
        switch change {
        case .put(let key, let value): [.put(try EntryRows.put(key, value, at: revision, in: db))]
        case .delete(let key): try EntryRows.delete(key, in: db) ? [.delete(key)] : []
        case .deletePrefix(let prefix): try EntryRows.deletePrefix(prefix, in: db).map { .delete($0) }
        }
    }

    /// A transaction larger than the whole history is not logged: nobody could be told it in bounded memory, and
    /// watchers read the state again.
    private func log(
        _ batch: StoreChangeBatch,
        _ outcome: inout Outcome,
        _ counters: inout Counters,
        in db: Database
    ) throws {
        outcome.batches.append(batch)
        if batch.cost > historyLimit {
            try ChangeRows.clear(db)
            outcome.logCost = 0
            counters.compacted = batch.revision
        } else {
            try ChangeRows.append(batch, in: db)
            outcome.logCost += batch.cost - 64
        }
    }

    /// Cuts the log to three quarters of the limit, so that it need not be cut again at each commit.
    private func compact(_ outcome: inout Outcome, _ counters: inout Counters, in db: Database) throws {
        guard outcome.logCost > historyLimit else { return }
        let excess = outcome.logCost - historyLimit / 4 * 3
        guard let (revision, removed) = try ChangeRows.compact(excess, in: db) else { return }
        counters.compacted = revision
        outcome.logCost -= removed
    }
}
