import MusterBase
import Store
import Testing

@Suite("Watching a store")
struct WatchTests {
    @Test("what was changed before is told, one batch a transaction", arguments: StoreKind.allCases)
    func replay(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.put("n/0", [])
            try await store.commit(Transaction(changes: [.put("n/1", octets("x")), .put("m/1", [])]))
            try await store.put("m/2", [])
            try await store.commit(Transaction(changes: [.deletePrefix("n/")]))
            var watch = store.watch("n/", after: 1).makeAsyncIterator()
            let put = StoreEntry(key: "n/1", value: octets("x"), createRevision: 2, modRevision: 2)
            #expect(try await watch.next() == StoreChangeBatch(revision: 2, changes: [.put(put)]))
            #expect(
                try await watch.next() == StoreChangeBatch(revision: 4, changes: [.delete("n/0"), .delete("n/1")])
            )
        }
    }

    @Test("a watcher that waits is woken by a change under its prefix", arguments: StoreKind.allCases)
    func live(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            async let revisions = firstRevisions(3, of: store.watch("n/", after: 0))
            for number in 0..<3 {
                try await store.put("m/\(number)", [])
                try await store.put("n/\(number)", [])
            }
            #expect(try await revisions == [2, 4, 6])
        }
    }

    @Test("every transaction is seen once and in order while many write", arguments: StoreKind.allCases)
    func ordered(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            async let revisions = firstRevisions(200, of: store.watch("", after: 0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 { group.addTask { try await store.put("n/\(number)", []) } }
                try await group.waitForAll()
            }
            #expect(try await revisions == Array(1...200))
        }
    }

    @Test("a watcher behind the history is told to read again", arguments: StoreKind.allCases)
    func compacted(kind: StoreKind) async throws {
        try await kind.with(historyLimit: 2_000) { store async throws in
            for _ in 0..<50 { try await store.put("n/1", [UInt8](repeating: 1, count: 100)) }
            var late = store.watch("n/", after: 1).makeAsyncIterator()
            await expectError(.compacted) { _ = try await late.next() }
            #expect(try await late.next() == nil)
            var recent = store.watch("n/", after: 49).makeAsyncIterator()
            #expect(try await recent.next()?.revision == 50)
        }
    }

    @Test("a transaction larger than the history sends watchers to read again", arguments: StoreKind.allCases)
    func tooLarge(kind: StoreKind) async throws {
        try await kind.with(historyLimit: 2_000) { store async throws in
            try await store.commit(Transaction(changes: (0..<100).map { .put("n/\($0)", []) }))
            var watch = store.watch("", after: 0).makeAsyncIterator()
            await expectError(.compacted) { _ = try await watch.next() }
            try await store.put("n/1", [])
            var next = store.watch("", after: 1).makeAsyncIterator()
            #expect(try await next.next()?.revision == 2)
        }
    }

    @Test("closing the store ends a watch", arguments: StoreKind.allCases)
    func closing(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            async let revisions = firstRevisions(2, of: store.watch("", after: 0))
            try await store.put("a", [])
            try await store.close()
            #expect(try await revisions.count <= 1)
        }
    }

    @Test("cancelling the task ends a watch that waits", arguments: StoreKind.allCases)
    func cancelling(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let task = Task { try await firstRevisions(1, of: store.watch("", after: 0)) }
            task.cancel()
            #expect(try await task.value == [])
        }
    }
}

private func firstRevisions(_ count: Int, of watch: StoreWatch) async throws -> [StoreRevision] {
    var revisions: [StoreRevision] = []
    for try await batch in watch {
        revisions.append(batch.revision)
        if revisions.count == count { break }
    }
    return revisions
}
