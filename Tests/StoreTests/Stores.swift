import MusterBase
import Store
import StoreSQLite
import TestSupport
import Testing

/// The stores that the conformance tests run on.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case memory
    case sqlite

    var testDescription: String { rawValue }

    /// Runs `body` with a new empty store and leaves nothing behind.
    func with(
        historyLimit: Int = 1 << 20,
        _ body: (any Store) async throws -> Void
    ) async throws {
        switch self {
        case .memory:
            try await body(MemoryStore(historyLimit: historyLimit))
        case .sqlite:
            try await withTemporaryDirectory { directory in
                let store = try await SQLiteStore.open("\(directory)/muster.sqlite", historyLimit: historyLimit)
                try await body(store)
                try await store.close()
            }
        }
    }
}

/// The octets of a text.
func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Records an issue unless `body` throws a ``MusterError`` of that code.
func expectError(
    _ code: MusterError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async {
    let error = await #expect(throws: MusterError.self, sourceLocation: sourceLocation) { try await body() }
    #expect(error?.code == code, sourceLocation: sourceLocation)
}
