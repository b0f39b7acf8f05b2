import GRDB
import Glibc
import MusterBase

/// "Mstr": SQLite's application id in the file's header (sqlite.org/fileformat2.html, section 1.3.16).
let applicationID: Int32 = 0x4D73_7472

/// Makes the file, if there is none, before SQLite would with the process's umask: the store holds password hashes.
/// SQLite gives `-wal` and `-shm` the mode of the file. All three are taken back from others who may read them.
func createPrivateFile(_ path: String) throws(MusterError) {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
        throw MusterError(.systemFailure, "opening the store \(path): \(String(cString: strerror(errno)))")
    }
    Glibc.close(descriptor)
    for name in [path, path + "-wal", path + "-shm"] {
        var status = stat()
        guard stat(name, &status) == 0, status.st_mode & 0o777 != 0o600 else { continue }
        guard chmod(name, 0o600) == 0 else {
            throw MusterError(
                .forbidden, "others may read \(name), and its mode cannot be set: \(String(cString: strerror(errno)))",
                advice: "give it to the user of musterd, and run: chmod 0600 \(name)")
        }
    }
}

/// Throws `unsupported` if the file is not a store or is one of a newer Muster. Changes nothing in it.
func refuseForeign(_ path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    do {
        let database = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? database.close() }
        try database.unsafeRead { db in
            let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
            guard id == applicationID || (id == 0 && isEmpty) else {
                throw MusterError(.unsupported, "\(path) is a database of another program, not a Muster store")
            }
            guard try !storeMigrator.hasBeenSuperseded(db) else {
                throw MusterError(
                    .unsupported,
                    "the store \(path) was written by a newer Muster",
                    advice: "run that version, or restore a backup made before the upgrade"
                )
            }
        }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
        throw MusterError(.unsupported, "\(path) is not a Muster store")
    }
}

/// The pool of one writer and some readers, with the schema up to date.
func openPool(_ path: String, pageLimit: Int?) async throws -> DatabasePool {
    var configuration = Configuration()
    configuration.label = "store"
    configuration.busyMode = .timeout(5)
    configuration.maximumReaderCount = 4
    let pool = try DatabasePool(path: path, configuration: configuration)
    try await pool.writeWithoutTransaction { db in
        // GRDB sets NORMAL with WAL, under which a power loss may take back what was confirmed.
        try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864")
        // Pages that are written again and again while a rack boots are brought from the log to the file once in 32 MiB
        // instead of once in four; and 16 MiB of them are kept in memory, where the usual two are too few.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 8192; PRAGMA cache_size = -16384")
        // Before the first table: a process killed within the migrations must leave a file that is known as ours.
        if try Int32.fetchOne(db, sql: "PRAGMA application_id") != applicationID {
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        if let pageLimit { try db.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
    }
    try storeMigrator.migrate(pool)
    return pool
}
