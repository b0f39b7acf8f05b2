import Glibc
import LinuxSystem
import Media
import MediaImport
import MusterBase
import TestSupport
import Testing

@Suite("imports that do not come to their end")
struct InterruptionTests {
    @Test("a cancelled import leaves nothing", arguments: ["looking at tree", "importing", "bringing"])
    func cancelled(during: String) async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        try medium.directory.write([UInt8](repeating: 7, count: 40 << 20), to: "tree/large")
        let importer = medium.importer
        let error = await awaitedError {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try await importer.run(medium.path("tree")) { doing, _ in
                        if doing.hasPrefix(during) { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                }
                do { try await group.waitForAll() } catch is CancellationError {
                    throw MusterError(.cancelled, "as it should be")
                }
            }
        }
        #expect(error?.code == .cancelled, "\(String(describing: error))")
        #expect(medium.visible.isEmpty && medium.leftovers.isEmpty && medium.contents.isEmpty)
        // And the next one is not hindered by it.
        #expect(try await medium.run("tree").isNew)
    }

    /// What lies there when a run was killed at some point.
    enum Moment: String, CaseIterable {
        case whileCopying, beforeTheName, whileRemoving, beforeFreeing, whileFetching
    }

    @Test("what a killed run left is out of sight, and goes with the next", arguments: Moment.allCases)
    func killed(moment: Moment) async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        let store = "state/distributions"
        switch moment {
        case .whileCopying:
            try medium.directory.write("half", to: "\(store)/.importing-00/debian-installer/amd64/linux")
        case .beforeTheName:
            // Content has its names, the medium not yet.
            try await medium.run("tree", as: "almost")
            try rename(medium, "almost", ".importing-00")
        case .whileRemoving:
            try await medium.run("tree", as: "going")
            try rename(medium, "going", ".removing-00")
            try Files.remove(medium.store.path(".removing-00/debian-installer/amd64/linux"))
        case .beforeFreeing:
            // The tree has gone, and its contents have not.
            try await medium.run("tree", as: "going")
            let error = caughtError {
                _ = try medium.store.remove("going", profiles: []) { throw MusterError(.cancelled, "killed") }
            }
            #expect(error?.code == .cancelled && medium.contents.count == 4)
        case .whileFetching: try medium.directory.write("half", to: "\(store)/.downloads/0011/content")
        }
        #expect(try medium.store.list().media.isEmpty && medium.visible.isEmpty)
        try medium.writeNetboot("other", kernel: "another kernel")
        try await medium.run("other", as: "next")
        #expect(medium.visible == ["next"] && medium.leftovers.isEmpty)
        #expect(medium.contents.count == 4)
        #expect(try Files.readText(medium.store.path("next/version.info")).hasPrefix("Debian version"))
    }

    private func rename(_ medium: TestMedium, _ name: String, _ other: String) throws {
        guard Glibc.rename(medium.store.path(name), medium.store.path(other)) == 0 else {
            throw systemError("cannot rename \(name)")
        }
    }

    @Test("two imports at the same time do not disturb each other: the second is refused")
    func twice() async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        let seen = Recorder<MusterError?>()
        let importer = medium.importer
        _ = try await importer.run(medium.path("tree")) { doing, _ in
            guard doing.hasPrefix("bringing") else { return }
            seen.add(caughtError { _ = try medium.store.remove("debian-13-netboot-amd64", profiles: []) })
            seen.add(caughtError { _ = try FileLock(in: medium.store.directory, doing: "importing") })
        }
        #expect(seen.all.map { $0?.code } == [.notFound, .conflict])
        #expect(medium.visible == ["debian-13-netboot-amd64"])
    }
}
