import GRDB

/// All migrations, oldest first. One that was released is never changed: add another.
let storeMigrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("0001-entries", migrate: createEntries)
    return migrator
}()
