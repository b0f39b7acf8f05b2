import GRDB

/// The entries, the two counters, and the changes kept for watchers.
///
/// In `change` a deletion has no value; a put has one and the revision that made the key.
func createEntries(_ db: Database) throws {
    try db.execute(
        sql: """
            CREATE TABLE entry (
                key TEXT NOT NULL PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 1024),
                value BLOB NOT NULL,
                create_revision INTEGER NOT NULL CHECK (create_revision > 0),
                mod_revision INTEGER NOT NULL CHECK (mod_revision >= create_revision)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE counters (
                id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
                revision INTEGER NOT NULL,
                compacted_revision INTEGER NOT NULL CHECK (compacted_revision BETWEEN 0 AND revision)
            ) STRICT;
            INSERT INTO counters VALUES (1, 0, 0);
            CREATE TABLE change (
                revision INTEGER NOT NULL CHECK (revision > 0),
                ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
                key TEXT NOT NULL,
                value BLOB,
                create_revision INTEGER,
                PRIMARY KEY (revision, ordinal),
                CHECK ((value IS NULL) = (create_revision IS NULL))
            ) STRICT, WITHOUT ROWID;
            """
    )
}
