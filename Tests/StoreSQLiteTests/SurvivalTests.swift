import Foundation
import GRDB
import MusterBase
import Store
import StoreSQLite
import TestSupport
import Testing

@Suite("What a store survives")
struct SurvivalTests {
    @Test("a kill at any octet of the write-ahead log leaves whole transactions only")
    func killed() async throws {
        let directory = try StoreDirectory()
        let store = try await directory.open()
        for round in 1...20 { try await store.commit(generation(round)) }
        // What a killed process leaves is the database and as much of the log as was written.
        let database = try Data(contentsOf: URL(filePath: directory.path()))
        let log = try Data(contentsOf: URL(filePath: directory.path("muster.sqlite-wal")))
        try await store.close()
        var seen = Set<StoreRevision>()
        for step in 0...20 {
            let copy = try StoreDirectory()
            try database.write(to: URL(filePath: copy.path()))
            let length = log.count * step / 20 + (step % 3) * 7
            try log.prefix(length).write(to: URL(filePath: copy.path("muster.sqlite-wal")))
            seen.insert(try await checkWhole(copy))
        }
        #expect(seen.contains(20))
        #expect(seen.count > 10, "the log was not cut within it: \(seen)")
    }

    @Test("a full disk is said so, nothing is half written, and the store goes on when there is room")
    func full() async throws {
        let directory = try StoreDirectory()
        let small = try await directory.open(pageLimit: 40, historyLimit: 10_000)
        try await small.put("kept", [1])
        let large = Transaction(changes: (0..<200).map { .put("n/\($0)", [UInt8](repeating: 1, count: 2_000)) })
        let refused = await awaitedError { _ = try await small.transact(large) }
        #expect(refused?.code == .exhausted)
        #expect(try await small.range("", limit: 9).entries.map(\.key) == ["kept"])
        #expect(try await small.revision() == 1)
        #expect(try await small.put("after", [2]) == 2)
        try await small.close()
        let again = try await directory.open()
        #expect(try await again.transact(large) == .committed(3))
        try await again.close()
    }

    @Test("one transaction that does not fit does not fail those that wait beside it")
    func neighbours() async throws {
        let directory = try StoreDirectory()
        let store = try await directory.open(pageLimit: 60, historyLimit: 10_000)
        let large = Transaction(changes: (0..<200).map { .put("n/\($0)", [UInt8](repeating: 1, count: 2_000)) })
        let codes = await withTaskGroup(of: MusterError.Code?.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await awaitedError {
                        if number == 10 {
                            try await store.commit(large)
                        } else {
                            try await store.put("s/\(number)", [])
                        }
                    }?.code
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.filter { $0 == .exhausted }.count == 1)
        #expect(codes.filter { $0 == nil }.count == 19)
        #expect(try await store.range("", limit: 100).entries.count == 19)
        try await store.close()
    }

    @Test("a confirmed change is flushed, also against a power loss")
    func synchronous() async throws {
        let directory = try StoreDirectory()
        let store = try await directory.open()
        #expect(try await store.synchronousLevel() == 2)
        try await store.close()
    }

    @Test("closing waits for what was accepted")
    func closeDrains() async throws {
        let directory = try StoreDirectory()
        let store = try await directory.open()
        async let results = withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 { group.addTask { (try? await store.put("n/\(number)", [])) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try await store.close()
        let confirmed = await results
        let again = try await directory.open()
        #expect(try await again.range("", limit: 1000).entries.count == confirmed)
        try await again.close()
    }
}

/// Ten keys that all hold the number of the round.
private func generation(_ round: Int) -> Transaction {
    Transaction(changes: (0..<10).map { .put("n/\($0)", [UInt8](repeating: UInt8(round), count: 300)) })
}

/// Opens a copy and returns its revision, having found every key of that one revision's round.
private func checkWhole(_ directory: StoreDirectory) async throws -> StoreRevision {
    let store = try await directory.open()
    let page = try await store.range("", limit: 100)
    #expect(page.entries.count == (page.revision == 0 ? 0 : 10))
    for entry in page.entries {
        #expect(entry.modRevision == page.revision)
        #expect(entry.value == [UInt8](repeating: UInt8(page.revision), count: 300))
    }
    #expect(try await store.put("later", []) == page.revision + 1)
    try await store.close()
    return page.revision
}
