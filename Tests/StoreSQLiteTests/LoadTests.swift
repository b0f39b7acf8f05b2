import MusterBase
import Store
import StoreSQLite
import TestSupport
import Testing

@Suite("Many changes")
struct LoadTests {
    @Test("a hundred thousand entries go in and out as one transaction")
    func large() async throws {
        let directory = try StoreDirectory()
        let store = try await directory.open()
        let value = [UInt8](repeating: 0x7B, count: 200)
        try await store.commit(Transaction(changes: (0..<100_000).map { .put("nodes/n\($0)", value) }))
        #expect(try await store.all("nodes/").entries.count == 100_000)
        try await store.commit(Transaction(changes: [.deletePrefix("nodes/")]))
        #expect(try await store.range("", limit: 1).entries.isEmpty)
        #expect(try await store.revision() == 2)
        try await store.close()
    }

    @Test("the history on disk stays within its limit")
    func boundedHistory() async throws {
        let directory = try StoreDirectory()
        let store = try await directory.open(historyLimit: 20_000)
        for round in 0..<100 { try await store.put("n/\(round % 7)", [UInt8](repeating: 1, count: 500)) }
        #expect(try await store.historySize() <= 20_000)
        #expect(try await store.historySize() > 10_000)
        try await store.close()
        let again = try await directory.open(historyLimit: 20_000)
        var watch = again.watch("", after: 90).makeAsyncIterator()
        #expect(try await watch.next()?.revision == 91)
        var late = again.watch("", after: 50).makeAsyncIterator()
        let refused = await awaitedError { _ = try await late.next() }
        #expect(refused?.code == .compacted)
        try await again.close()
    }
}
