import MusterBase
import Store
import Testing

@Suite("Stores for tests")
struct FakesTests {
    @Test("the fixed store is read and not written")
    func fixed() async throws {
        let store = FixedStore(["a": [1]])
        #expect(try await store.get("a")?.value == [1])
        #expect(try await store.revision() == 1)
        await expectError(.forbidden) { try await store.put("a", [2]) }
        #expect(try await store.transact(Transaction(conditions: [.absent("a")])) == .conflict(condition: 0))
        #expect(try await store.get("a")?.value == [1])
    }

    @Test("the broken store fails at every call")
    func broken() async throws {
        let store = BrokenStore(MusterError(.exhausted, "full"))
        await expectError(.exhausted) { _ = try await store.get("a") }
        await expectError(.exhausted) { _ = try await store.range("", limit: 1) }
        await expectError(.exhausted) { try await store.put("a", []) }
        await expectError(.exhausted) { _ = try await store.revision() }
        var watch = store.watch("", after: 0).makeAsyncIterator()
        await #expect(throws: MusterError.self) { _ = try await watch.next() }
    }
}
