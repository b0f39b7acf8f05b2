import Store
import StoreSQLite
import TestSupport

/// A directory for one test's store, removed with it.
struct StoreDirectory {
    private let directory: TemporaryDirectory
    var root: String { directory.path }

    init() throws { directory = try TemporaryDirectory() }

    func path(_ name: String = "muster.sqlite") -> String { directory.path(name) }

    func open(pageLimit: Int? = nil, historyLimit: Int = 1 << 20) async throws -> SQLiteStore {
        try await SQLiteStore.open(path(), historyLimit: historyLimit, pageLimit: pageLimit)
    }
}
