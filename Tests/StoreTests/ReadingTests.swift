import MusterBase
import Store
import Testing

@Suite("Reading a store")
struct ReadingTests {
    @Test("an empty store has revision 0 and no entries", arguments: StoreKind.allCases)
    func empty(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            #expect(try await store.revision() == 0)
            #expect(try await store.get("nodes/n1") == nil)
            #expect(try await store.range("", limit: 10) == StorePage(entries: [], revision: 0, hasMore: false))
        }
    }

    @Test("an entry keeps the revision that made it and the one that last put it", arguments: StoreKind.allCases)
    func revisions(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            #expect(try await store.put("a", octets("1")) == 1)
            #expect(try await store.put("b", octets("")) == 2)
            #expect(try await store.put("a", octets("2")) == 3)
            #expect(
                try await store.get("a")
                    == StoreEntry(key: "a", value: octets("2"), createRevision: 1, modRevision: 3)
            )
            #expect(try await store.get("b")?.value == [])
            try await store.commit(Transaction(changes: [.delete("a")]))
            #expect(try await store.get("a") == nil)
            try await store.put("a", octets("3"))
            #expect(try await store.get("a")?.createRevision == 5)
        }
    }

    @Test("a range is in the order of octets and ends with its prefix", arguments: StoreKind.allCases)
    func order(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let keys = ["n/b", "n/a", "n/B", "n/a/1", "n/a-1", "n", "n~", "o", "n/~"]
            try await store.commit(Transaction(changes: keys.map { .put($0, octets($0)) }))
            let page = try await store.range("n/", limit: 100)
            #expect(page.entries.map(\.key) == ["n/B", "n/a", "n/a-1", "n/a/1", "n/b", "n/~"])
            #expect(!page.hasMore)
            #expect(try await store.range("", limit: 100).entries.count == keys.count)
        }
    }

    @Test("pages join to the whole without gap or repetition", arguments: StoreKind.allCases)
    func pages(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let keys = (0..<25).map { "k/\($0 + 10)" }
            try await store.commit(Transaction(changes: keys.map { .put($0, []) } + [.put("l", [])]))
            let first = try await store.range("k/", limit: 10)
            let second = try await store.range("k/", startingAfter: first.entries.last?.key, limit: 10)
            let third = try await store.range("k/", startingAfter: second.entries.last?.key, limit: 10)
            #expect([first, second, third].map(\.hasMore) == [true, true, false])
            #expect((first.entries + second.entries + third.entries).map(\.key) == keys)
            #expect(try await store.all("k/", pageSize: 7).entries.map(\.key) == keys)
            #expect(try await store.range("k/", startingAfter: "a", limit: 1).entries.first?.key == "k/10")
            #expect(try await store.range("k/", startingAfter: "z", limit: 1).entries.isEmpty)
        }
    }

    @Test("a bad key is refused by every call", arguments: StoreKind.allCases, ["", "a b", "ä", "a\u{0}", "\u{7F}"])
    func badKeys(kind: StoreKind, key: String) async throws {
        try await kind.with { store async throws in
            await expectError(.invalidInput) { _ = try await store.get(key) }
            await expectError(.invalidInput) { try await store.put(key, []) }
            #expect(try await store.revision() == 0)
        }
    }

    @Test("a closed store says so", arguments: StoreKind.allCases)
    func closed(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.put("a", [])
            try await store.close()
            await expectError(.unavailable) { _ = try await store.get("a") }
            await expectError(.unavailable) { try await store.put("a", []) }
            await expectError(.unavailable) { _ = try await store.revision() }
        }
    }
}
