import GRDB
import MusterBase
import Store

/// What tests look at.
extension SQLiteStore {
    /// SQLite's `synchronous` on the connection that writes: 2 is FULL.
    package func synchronousLevel() async throws -> Int {
        try await pool.writeWithoutTransaction { db in try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1 }
    }

    /// Octets that the history on disk counts.
    package func historySize() async throws -> Int {
        try await pool.read { db in try ChangeRows.cost(db) }
    }
}
