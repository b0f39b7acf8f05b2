import Foundation
import MusterBase
import Store
import StoreSQLite

/// A directory for one test's store, removed with it.
struct StoreDirectory: ~Copyable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "muster-sqlite-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String = "muster.sqlite") -> String { url.appending(path: name).path }

    func open(pageLimit: Int? = nil, historyLimit: Int = 1 << 20) async throws -> SQLiteStore {
        try await SQLiteStore.open(path(), historyLimit: historyLimit, pageLimit: pageLimit)
    }
}

/// The error that `body` throws.
func error(of body: () async throws -> Void) async -> MusterError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? MusterError
    }
}
