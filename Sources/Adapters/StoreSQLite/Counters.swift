import GRDB
import MusterBase
import Store

/// The one row of the table `counters`.
struct Counters: Equatable {
    /// The last committed revision.
    var revision: StoreRevision
    /// Changes up to this revision are no longer in the table `change`.
    var compacted: StoreRevision

    init(_ db: Database) throws {
        let statement = try db.cachedStatement(sql: "SELECT revision, compacted_revision FROM counters")
        guard let row = try Row.fetchOne(statement) else {
            throw MusterError(.malformed, "the store has lost its revision")
        }
        revision = row[0]
        compacted = row[1]
    }

    func save(_ db: Database) throws {
        let statement = try db.cachedStatement(sql: "UPDATE counters SET revision = ?, compacted_revision = ?")
        try statement.execute(arguments: [revision, compacted])
    }
}
