import MusterBase

/// The ``MusterError`` that `body` throws; nil when it throws none.
package func caughtError(_ body: () throws -> Void) -> MusterError? {
    do {
        try body()
        return nil
    } catch {
        return error as? MusterError
    }
}

/// The ``MusterError`` that `body` throws, when it takes its time; nil when it throws none.
package func awaitedError(_ body: () async throws -> Void) async -> MusterError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? MusterError
    }
}
