import Foundation
import GRDB
import Store

/// The table `entry`.
enum EntryRows {
    private static let columns = "key, value, create_revision, mod_revision"

    static func entry(_ key: String, in db: Database) throws -> StoreEntry? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM entry WHERE key = ?")
        return try Row.fetchOne(statement, arguments: [key]).map(entry)
    }

    static func page(_ prefix: String, startingAfter: String?, limit: Int, in db: Database) throws -> StorePage {
        let limit = min(max(0, limit), Int(Int32.max))
        let statement = try db.cachedStatement(
            sql: "SELECT \(columns) FROM entry WHERE key >= ? AND key > ? AND key < ? ORDER BY key LIMIT ?"
        )
        var entries = try Array(
            Row.fetchCursor(
                statement,
                arguments: [prefix, startingAfter ?? "", prefixEnd(prefix), limit + 1]
            ).map(entry)
        )
        let hasMore = entries.count > limit
        if hasMore { entries.removeLast() }
        return StorePage(entries: entries, revision: try Counters(db).revision, hasMore: hasMore)
    }

    /// Returns the revision that made the key.
    static func put(_ key: String, _ value: [UInt8], at revision: StoreRevision, in db: Database) throws -> StoreEntry {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO entry (\(columns)) VALUES (?1, ?2, ?3, ?3) ON CONFLICT (key) DO UPDATE
                SET value = excluded.value, mod_revision = excluded.mod_revision RETURNING create_revision
                """
        )
        let created = try Int64.fetchOne(statement, arguments: [key, Data(value), revision]) ?? revision
        return StoreEntry(key: key, value: value, createRevision: created, modRevision: revision)
    }

    /// Whether there was such a key.
    static func delete(_ key: String, in db: Database) throws -> Bool {
        try db.cachedStatement(sql: "DELETE FROM entry WHERE key = ?").execute(arguments: [key])
        return db.changesCount > 0
    }

    /// The keys that were deleted.
    static func deletePrefix(_ prefix: String, in db: Database) throws -> [String] {
        let bounds: StatementArguments = [prefix, prefixEnd(prefix)]
        let select = try db.cachedStatement(sql: "SELECT key FROM entry WHERE key >= ? AND key < ? ORDER BY key")
        let keys = try String.fetchAll(select, arguments: bounds)
        try db.cachedStatement(sql: "DELETE FROM entry WHERE key >= ? AND key < ?").execute(arguments: bounds)
        return keys
    }

    private static func entry(_ row: Row) -> StoreEntry {
        StoreEntry(key: row[0], value: Array(row[1] as Data), createRevision: row[2], modRevision: row[3])
    }
}

/// An upper bound for all keys under a prefix. No key holds DEL or what lies above.
func prefixEnd(_ prefix: String) -> String { storePrefixEnd(prefix) ?? "\u{7F}" }
