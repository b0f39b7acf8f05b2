import Foundation
import GRDB
import Store

/// The table `change`: what watchers can still be told.
enum ChangeRows {
    /// What one row counts beside its octets, as in ``StoreChangeBatch/cost``.
    private static let costExpression = "64 + length(key) + coalesce(length(value), 0)"

    static func append(_ batch: StoreChangeBatch, in db: Database) throws {
        let statement = try db.cachedStatement(sql: "INSERT INTO change VALUES (?, ?, ?, ?, ?)")
        for (ordinal, change) in batch.changes.enumerated() {
            switch change {
            case .put(let entry):
                try statement.execute(
                    arguments: [batch.revision, ordinal, entry.key, Data(entry.value), entry.createRevision])
            case .delete(let key): try statement.execute(arguments: [batch.revision, ordinal, key, nil, nil])
            }
        }
    }

    /// The first batch under `prefix` behind `revision`.
    static func next(
        _ prefix: String,
        after revision: StoreRevision,
        in db: Database
    ) throws -> ChangeHistory.Answer {
        let counters = try Counters(db)
        guard revision >= counters.compacted else { return .compacted }
        let end = prefixEnd(prefix)
        let first = try db.cachedStatement(
            sql: "SELECT revision FROM change WHERE revision > ? AND key >= ? AND key < ? ORDER BY revision LIMIT 1"
        )
        guard let next = try Int64.fetchOne(first, arguments: [revision, prefix, end]) else {
            return .nothing(upTo: counters.revision)
        }
        let rows = try db.cachedStatement(
            sql: """
                SELECT key, value, create_revision FROM change
                WHERE revision = ? AND key >= ? AND key < ? ORDER BY ordinal
                """
        )
        let changes = try Array(
            Row.fetchCursor(rows, arguments: [next, prefix, end]).map { row in change(row, next) }
        )
        return .batch(StoreChangeBatch(revision: next, changes: changes))
    }

    /// What the whole table counts.
    static func cost(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT coalesce(sum(\(costExpression)), 0) FROM change") ?? 0
    }

    /// Deletes the oldest revisions until `excess` is gone. Returns the last revision that was deleted and what it all
    /// counted.
    static func compact(_ excess: Int, in db: Database) throws -> (upTo: StoreRevision, removed: Int)? {
        let sums = try Row.fetchCursor(
            db,
            sql: "SELECT revision, sum(\(costExpression)) FROM change GROUP BY revision ORDER BY revision"
        )
        var removed = 0
        var last: StoreRevision?
        while removed < excess, let row = try sums.next() {
            last = row[0]
            removed += row[1] as Int
        }
        guard let last else { return nil }
        try db.execute(sql: "DELETE FROM change WHERE revision <= ?", arguments: [last])
        return (last, removed)
    }

    static func clear(_ db: Database) throws { try db.execute(sql: "DELETE FROM change") }

    private static func change(_ row: Row, _ revision: StoreRevision) -> StoreChange {
        guard let value = row[1] as Data? else { return .delete(row[0]) }
        return .put(
            StoreEntry(key: row[0], value: Array(value), createRevision: row[2], modRevision: revision)
        )
    }
}
