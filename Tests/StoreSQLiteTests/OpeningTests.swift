import Foundation
import GRDB
import MusterBase
import Store
import StoreSQLite
import TestSupport
import Testing

@Suite("Opening the store's file")
struct OpeningTests {
    @Test("what was committed is there after closing and opening")
    func reopen() async throws {
        let directory = try StoreDirectory()
        let first = try await directory.open()
        try await first.put("n/1", [1])
        try await first.put("n/2", [2])
        try await first.close()
        let second = try await directory.open()
        #expect(try await second.revision() == 2)
        #expect(try await second.range("n/", limit: 9).entries.map(\.value) == [[1], [2]])
        #expect(try await second.put("n/3", [3]) == 3)
        try await second.close()
    }

    @Test("a watcher goes on across a restart")
    func watchAfterRestart() async throws {
        let directory = try StoreDirectory()
        let first = try await directory.open()
        for number in 1...5 { try await first.put("n/\(number)", [UInt8(number)]) }
        try await first.commit(Transaction(changes: [.delete("n/1")]))
        try await first.close()
        let second = try await directory.open()
        var watch = second.watch("n/", after: 3).makeAsyncIterator()
        let put = StoreEntry(key: "n/4", value: [4], createRevision: 4, modRevision: 4)
        #expect(try await watch.next() == StoreChangeBatch(revision: 4, changes: [.put(put)]))
        #expect(try await watch.next()?.revision == 5)
        #expect(try await watch.next() == StoreChangeBatch(revision: 6, changes: [.delete("n/1")]))
        try await second.put("n/7", [7])
        #expect(try await watch.next()?.revision == 7)
        try await second.close()
    }

    @Test("the file and its companions are for their owner alone")
    func mode() async throws {
        let directory = try StoreDirectory()
        let store = try await directory.open()
        try await store.put("a", [])
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.root) {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.path(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        try await store.close()
    }

    @Test("files that others may read are taken back from them when the store is opened")
    func mendsModes() async throws {
        let directory = try StoreDirectory()
        let first = try await directory.open()
        try await first.put("a", [])
        // As a crash would leave them.
        for name in ["muster.sqlite", "muster.sqlite-wal", "muster.sqlite-shm"] {
            let copy = try Data(contentsOf: URL(filePath: directory.path(name)))
            try copy.write(to: URL(filePath: directory.path("kept-" + name)))
        }
        try await first.close()
        for name in ["muster.sqlite", "muster.sqlite-wal", "muster.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: directory.path(name))
            try FileManager.default.moveItem(atPath: directory.path("kept-" + name), toPath: directory.path(name))
            try FileManager.default.setAttributes([.posixPermissions: 0o664], ofItemAtPath: directory.path(name))
        }
        let second = try await directory.open()
        for name in ["muster.sqlite", "muster.sqlite-wal", "muster.sqlite-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.path(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        #expect(try await second.get("a") != nil)
        try await second.close()
    }

    @Test("a second store on the same file is refused with the process that holds it, and may come later")
    func locked() async throws {
        let directory = try StoreDirectory()
        let first = try await directory.open()
        let refused = await awaitedError { _ = try await directory.open() }
        #expect(refused?.code == .conflict)
        #expect(refused?.message.hasSuffix("is in use by process \(getpid())") == true)
        try await first.close()
        let second = try await directory.open()
        try await second.close()
    }

    @Test("a file that is no database is refused and left as it is")
    func foreignFile() async throws {
        let directory = try StoreDirectory()
        let text = String(repeating: "this is my diary. ", count: 200)
        try text.write(toFile: directory.path(), atomically: false, encoding: .utf8)
        let refused = await awaitedError { _ = try await directory.open() }
        #expect(refused?.code == .unsupported)
        #expect(refused?.description == "\(directory.path()) is not a Muster store")
        #expect(try String(contentsOfFile: directory.path(), encoding: .utf8) == text)
    }

    @Test("a database of another program is refused and left as it is")
    func foreignDatabase() async throws {
        let directory = try StoreDirectory()
        let other = try DatabaseQueue(path: directory.path())
        try await other.write { try $0.execute(sql: "CREATE TABLE diary (day TEXT)") }
        try other.close()
        let before = try Data(contentsOf: URL(filePath: directory.path()))
        let refused = await awaitedError { _ = try await directory.open() }
        #expect(refused?.code == .unsupported)
        #expect(try Data(contentsOf: URL(filePath: directory.path())) == before)
    }

    @Test("a store of a newer version is refused in one line")
    func newer() async throws {
        let directory = try StoreDirectory()
        try await directory.open().close()
        let newer = try DatabaseQueue(path: directory.path())
        try await newer.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9999-future')") }
        try newer.close()
        let refused = await awaitedError { _ = try await directory.open() }
        #expect(refused?.code == .unsupported)
        #expect(refused?.message.contains("written by a newer Muster") == true)
        #expect(refused?.description.contains("\n") == false)
    }

    @Test("a directory that does not exist is a clear error")
    func missing() async throws {
        let refused = await awaitedError { _ = try await SQLiteStore.open("/nonexistent/muster.sqlite") }
        #expect(refused?.code == .systemFailure)
        #expect(refused?.message.contains("No such file or directory") == true)
    }
}
