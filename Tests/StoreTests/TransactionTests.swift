import MusterBase
import Store
import Testing

@Suite("Transactions")
struct TransactionTests {
    @Test("a transaction is one revision, whatever it changes", arguments: StoreKind.allCases)
    func oneRevision(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let result = try await store.transact(
                Transaction(changes: [.put("a", octets("1")), .put("b", octets("2")), .delete("c")])
            )
            #expect(result == .committed(1))
            #expect(try await store.get("a")?.modRevision == 1)
            #expect(try await store.get("b")?.modRevision == 1)
        }
    }

    @Test("each condition decides as it says", arguments: StoreKind.allCases)
    func conditions(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.put("a", octets("1"))
            let cases: [(Condition, Bool)] = [
                (.exists("a"), true), (.exists("b"), false), (.absent("a"), false), (.absent("b"), true),
                (.modRevision("a", 1), true), (.modRevision("a", 2), false), (.modRevision("b", 0), false),
                (.value("a", octets("1")), true), (.value("a", octets("2")), false), (.value("b", []), false),
            ]
            for (condition, holds) in cases {
                let result = try await store.transact(Transaction(conditions: [condition]))
                #expect(result == (holds ? .committed(1) : .conflict(condition: 0)), "\(condition)")
            }
        }
    }

    @Test("one failed condition stops every change and is named", arguments: StoreKind.allCases)
    func allOrNothing(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.put("a", octets("1"))
            let transaction = Transaction(
                conditions: [.exists("a"), .absent("a")],
                changes: [.put("b", []), .delete("a")]
            )
            #expect(try await store.transact(transaction) == .conflict(condition: 1))
            #expect(try await store.get("b") == nil)
            #expect(try await store.get("a") != nil)
            #expect(try await store.revision() == 1)
            await expectError(.conflict) { try await store.commit(transaction) }
        }
    }

    @Test("deleting what is not there makes no revision", arguments: StoreKind.allCases)
    func vainDelete(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.put("a", [])
            let vain = Transaction(changes: [.delete("b"), .deletePrefix("c/")])
            #expect(try await store.transact(vain) == .committed(1))
            #expect(try await store.revision() == 1)
        }
    }

    @Test("a prefix is deleted as a whole and nothing beside it", arguments: StoreKind.allCases)
    func deletePrefix(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let keys = ["n/1", "n/2", "n/2/x", "n", "n0", "m/1"]
            try await store.commit(Transaction(changes: keys.map { .put($0, []) }))
            try await store.commit(Transaction(changes: [.deletePrefix("n/"), .put("o", [])]))
            #expect(try await store.range("", limit: 9).entries.map(\.key) == ["m/1", "n", "n0", "o"])
        }
    }

    @Test(
        "a key that is changed twice is refused",
        arguments: StoreKind.allCases,
        [
            Transaction(changes: [.put("a/1", []), .put("a/1", [])]),
            Transaction(changes: [.put("a/1", []), .delete("a/1")]),
            Transaction(changes: [.deletePrefix("a/"), .put("a/1", [])]),
            Transaction(changes: [.deletePrefix("a/"), .deletePrefix("a/b")]),
            Transaction(changes: [.deletePrefix("")]),
        ]
    )
    func twice(kind: StoreKind, transaction: Transaction) async throws {
        try await kind.with { store async throws in
            await expectError(.invalidInput) { _ = try await store.transact(transaction) }
        }
    }

    @Test("prefixes and keys that only look alike are no overlap")
    func noOverlap() throws {
        try Transaction(changes: [.deletePrefix("a/"), .deletePrefix("a0"), .put("a", []), .delete("a.b")]).validate()
        try Transaction(changes: (0..<20_000).map { .deletePrefix("n/\($0)/") } + [.put("n/7", [])]).validate()
        #expect(throws: MusterError.self) {
            try Transaction(changes: [.deletePrefix("b"), .deletePrefix("a"), .delete("az"), .put("c", [])]).validate()
        }
    }

    @Test("a value is bounded", arguments: StoreKind.allCases)
    func valueLimit(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.put("a", [UInt8](repeating: 7, count: storeValueLimit))
            #expect(try await store.get("a")?.value.count == storeValueLimit)
            await expectError(.invalidInput) {
                try await store.put("a", [UInt8](repeating: 7, count: storeValueLimit + 1))
            }
        }
    }

    @Test("of a hundred that want the same key only one gets it", arguments: StoreKind.allCases)
    func race(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let winners = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let grant = Transaction(conditions: [.absent("key")], changes: [.put("key", [UInt8(number)])])
                        guard case .committed? = try? await store.transact(grant) else { return false }
                        return true
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
            #expect(try await store.revision() == 1)
        }
    }

    @Test("a counter loses no step under concurrent compare and set", arguments: StoreKind.allCases)
    func counter(kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.put("counter", [0])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { try await increment(store) } }
                try await group.waitForAll()
            }
            #expect(try await store.get("counter")?.value == [20])
        }
    }

    @Test("a value never shows in the text of a condition")
    func secrecy() {
        #expect("\(Condition.value("key", octets("hunter2")))" == "'key' has the expected value")
    }
}

private func increment(_ store: any Store) async throws {
    while true {
        let entry = try #require(try await store.get("counter"))
        let next = Transaction(
            conditions: [.modRevision("counter", entry.modRevision)],
            changes: [.put("counter", [entry.value[0] + 1])]
        )
        if case .committed = try await store.transact(next) { return }
    }
}
