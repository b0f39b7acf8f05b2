import Crypto
import Glibc
import LinuxSystem
import MusterAPI
import MusterAgent
import MusterBase
import TestSupport
import Testing

@Suite("files of the profile in a root file system")
struct FileSyncTests {
    private let directory: TemporaryDirectory
    private let owner: String
    private let group: String

    init() throws {
        directory = try TemporaryDirectory()
        try directory.makeDirectory("root/etc")
        owner = "\(geteuid())"
        group = "\(getegid())"
    }

    private var root: String { directory.path("root") }
    private func text(_ path: String) throws -> String { try Files.readText(root + path) }

    private func digest(_ text: String) throws -> ContentDigest {
        try #require(ContentDigest(octets: SHA256.hash(data: Array(text.utf8))))
    }

    private func file(
        _ target: String, _ content: String, _ method: SyncedFile.Method = .replace, mode: UInt16? = 0o644,
        owner: String? = nil
    ) throws -> (SyncedFile, String) {
        (
            SyncedFile(
                target: target, method: method, digest: try digest(content), size: Int64(content.utf8.count),
                mode: mode,
                owner: owner, rule: "syncfiles:1"), content
        )
    }

    private func plan(_ files: [(SyncedFile, String)]) throws -> [FileChange] {
        var plan = FilePlan(try InnerRoot(root))
        let contents = Dictionary(try files.map { (try digest($0.1), Array($0.1.utf8)) }) { first, _ in first }
        try plan.add(files.map(\.0), contents: contents)
        return try plan.changes()
    }

    private func apply(
        _ changes: [FileChange], beforeEach: @escaping (String) throws -> Void = { _ in }
    ) throws {
        try FilePlacement(try InnerRoot(root), beforeEach: beforeEach).apply(changes)
    }

    @Test("new files and directories are made, others replaced; a second run writes nothing")
    func wholeWay() throws {
        try directory.write("old", to: "root/etc/motd")
        let files = try [
            file("/etc/motd", "new", mode: 0o600), file("/opt/a/b/run", "#!", mode: 0o755),
            (SyncedFile(target: "/opt/empty", method: .directory, rule: "r"), ""),
            (SyncedFile(target: "/opt/link", method: .link, link: "a/b/run", rule: "r"), ""),
        ]
        let changes = try plan(files)
        #expect(changes.count == 4)
        try apply(changes)
        #expect(try text("/etc/motd") == "new" && text("/opt/link") == "#!")
        #expect(try FilePermissions(of: root + "/etc/motd").text == "0600")
        #expect(try FilePermissions(of: root + "/opt/a").text == "0755")
        #expect(Files.linkTarget(root + "/opt/link") == "a/b/run" && Files.isDirectory(root + "/opt/empty"))
        #expect(try plan(files).isEmpty)
        #expect(!directory.content().contains { $0.contains(".muster-sync") })
    }

    @Test("links in the root lead to places in it, and a link that is a target is replaced itself")
    func links() throws {
        try directory.write("host", to: "outside/passwd")
        try directory.makeDirectory("root/usr/lib")
        try directory.link("root/lib", to: "/usr/lib")
        try directory.link("root/up", to: "../../../../../..")
        try directory.link("root/etc/resolv.conf", to: directory.path("outside/passwd"))
        try apply(
            try plan([
                file("/lib/x", "1"), file("/up/y", "2"), file("/etc/resolv.conf", "3"),
                file("/up\(directory.path)/outside/passwd", "4"),
            ]))
        #expect(try text("/usr/lib/x") == "1" && text("/y") == "2" && text("/etc/resolv.conf") == "3")
        #expect(Files.linkTarget(root + "/etc/resolv.conf") == nil)
        #expect(try Files.readText(directory.path("outside/passwd")) == "host")
        #expect(try text("\(directory.path)/outside/passwd") == "4")
        let refused = caughtError { _ = try plan([file("/etc/../x", "5")]) }
        #expect(refused?.description.contains("this is no place for a file") == true)
    }

    @Test("two paths to one directory do not take each other's files away")
    func sameDirectory() throws {
        try directory.makeDirectory("root/usr/bin")
        try directory.link("root/bin", to: "usr/bin")
        try apply(try plan([file("/bin/a", "1"), file("/usr/bin/b", "2")]))
        #expect(try text("/usr/bin/a") == "1" && text("/usr/bin/b") == "2")
    }

    @Test("accounts of the same run own files, and new ones get a line without password in shadow")
    func accounts() throws {
        try directory.write("root:x:0:0::/root:/bin/sh\nlocal:x:5:5::/:/bin/sh\n", to: "root/etc/passwd")
        try directory.write("root:*:1::::::\n", to: "root/etc/shadow")
        try Files.setMode(root + "/etc/shadow", 0o640)
        let merged = try plan([
            file("/etc/passwd", "bob:x:77:77::/:/x\nlocal:x:6:6::/:/x\n", .merge, mode: nil),
            file("/etc/bob", "b", owner: "bob"),
        ])
        #expect(merged.map(\.path) == ["/etc/shadow", "/etc/passwd", "/etc/bob"])
        let shadow = try #require(merged.first { $0.path == "/etc/shadow" })
        guard case .file(let content, let mode, _, _) = shadow.content else { return #expect(Bool(false)) }
        #expect(String(decoding: content, as: UTF8.self).hasSuffix("bob:*:::::::\n") && mode == 0o640)
        guard case .file(_, _, let user, _)? = merged.first(where: { $0.path == "/etc/bob" })?.content else {
            return #expect(Bool(false))
        }
        #expect(user == 77)
        let unknown = caughtError { _ = try plan([file("/etc/x", "b", owner: "nobody-there")]) }
        #expect(unknown?.description == "/etc/x: there is no 'nobody-there' in /etc/passwd")
    }

    @Test("merged and appended files keep their modes, and follow what another rule has put there")
    func sequence() throws {
        try directory.write("a\n", to: "root/etc/fstab")
        try Files.setMode(root + "/etc/fstab", 0o640)
        let changes = try plan([
            file("/etc/fstab", "b\n", .append, mode: nil), file("/etc/fstab", "c\n", .append, mode: nil),
            file("/etc/hosts", "::1 localhost\n"), file("/etc/hosts", "10.0.0.1 head\n", .merge, mode: nil),
        ])
        try apply(changes)
        #expect(try text("/etc/fstab") == "a\nb\nc\n" && text("/etc/hosts") == "::1 localhost\n10.0.0.1 head\n")
        #expect(try FilePermissions(of: root + "/etc/fstab").text == "0640")
    }

    @Test("what stands in the way is told before anything is changed")
    func inTheWay() throws {
        try directory.write("old", to: "root/etc/motd")
        try directory.makeDirectory("root/etc/place/full")
        try directory.link("root/etc/group", to: "/etc/motd")
        for (target, method, message) in [
            ("/etc/place", SyncedFile.Method.replace, "/etc/place: is a directory"),
            ("/etc/group", .merge, "syncfiles:1: /etc/group: /etc/group is no file of its own"),
            ("/etc/place", .append, "/etc/place is a directory"),
        ] {
            let error = caughtError {
                _ = try plan([file("/etc/motd", "new"), file(target, "g:x:1:\n", method, mode: nil)])
            }
            #expect(error?.description.contains(message) == true, "\(String(describing: error))")
        }
        let error = caughtError {
            try apply(try plan([file("/etc/motd", "new"), file("/etc/motd/below", "x")]))
        }
        #expect(error?.message.contains("/etc/motd/below") == true, "\(String(describing: error))")
        #expect(try text("/etc/motd") == "old")
        #expect(!directory.content().contains { $0.contains(".muster-sync") })
    }

    @Test("when one file cannot be put in its place, those before it are put back", arguments: 0..<4)
    func undone(failing: Int) throws {
        try directory.write("old a", to: "root/etc/a")
        try directory.write("old c", to: "root/etc/c")
        let changes = try plan([
            file("/etc/a", "new"), file("/etc/new/b", "new"), file("/etc/c", "new"),
            (SyncedFile(target: "/etc/d", method: .link, link: "c", rule: "r"), ""),
        ])
        let before = directory.content()
        let status = try FilePermissions(of: root + "/etc/a")
        var number = 0
        let error = caughtError {
            try apply(changes) { _ in
                defer { number += 1 }
                guard number == failing else { return }
                // What was prepared for this target is taken away, as by somebody who cleans up.
                let place = ["etc", "etc/new", "etc", "etc"][number]
                let mine = try Files.names(in: "\(root)/\(place)").filter { $0.hasPrefix(".muster-sync") }
                for name in mine { takeAway("\(root)/\(place)/\(name)", name) }
            }
        }
        #expect(error?.message.hasPrefix("putting /etc/") == true)
        #expect(error?.message.hasSuffix("nothing was changed") == true)
        #expect(try text("/etc/a") == "old a" && text("/etc/c") == "old c")
        #expect(try FilePermissions(of: root + "/etc/a") == status)
        #expect(directory.content().filter { !$0.contains("gone-") } == before)
    }

    /// Takes a prepared file away, unless it is what stood in a place that has changed already.
    private func takeAway(_ path: String, _ name: String) {
        let isOld = (try? Files.readText(path))?.hasPrefix("old") == true
        if !isOld { _ = rename(path, directory.path("gone-\(name)")) }
    }

    @Test("a directory that cannot be written to is told by name, and nothing is changed", .enabled(if: geteuid() != 0))
    func readOnly() throws {
        try directory.write("old", to: "root/etc/a")
        try directory.makeDirectory("root/closed")
        try Files.setMode(root + "/closed", 0o500)
        defer { try? Files.setMode(root + "/closed", 0o700) }
        let error = caughtError { try apply(try plan([file("/etc/a", "new"), file("/closed/b", "x")])) }
        #expect(error?.message == "putting /closed/b in place; nothing was changed")
        #expect(try text("/etc/a") == "old")
    }

    @Test("what a run that was killed left is removed by the next, and the next does the rest")
    func killed() throws {
        try directory.write("old", to: "root/etc/.muster-sync.0011223344556677")
        try directory.write("new", to: "root/etc/a")
        try directory.write("old", to: "root/etc/b")
        try apply(try plan([file("/etc/a", "new"), file("/etc/b", "new")]))
        #expect(try Files.names(in: root + "/etc") == ["a", "b"])
        #expect(try text("/etc/b") == "new")
    }

    @Test("a file that is as it should be is not written again, and keeps its time")
    func untouched() throws {
        try directory.write("same", to: "root/etc/a")
        try Files.setMode(root + "/etc/a", 0o644)
        #expect(try plan([file("/etc/a", "same")]).isEmpty)
        #expect(try plan([file("/etc/a", "same", mode: 0o600)]).count == 1)
    }

    @Test("a file with octets that are no text is not merged into")
    func noText() throws {
        let latin = Array("alice:x:5:5:M".utf8) + [0xFC] + Array("ller:/:/bin/sh\n".utf8)
        try directory.write(latin, to: "root/etc/passwd")
        let error = caughtError { _ = try plan([file("/etc/passwd", "bob:x:7:7::/:/x\n", .merge, mode: nil)]) }
        #expect(error?.description.contains("is not UTF-8") == true)
    }

    // MARK: With a server

    private func sync(_ member: ScriptedMember) async throws {
        let reporter = EventReporter(console: RecordedConsole())
        try await FileSync(
            name: "onboot", pool: MemberPool([member]), key: Secret([UInt8](repeating: 1, count: 32)),
            reporter: reporter, root: root
        ).run()
    }

    @Test("contents are fetched once, verified, and not fetched when they are there")
    func fetched() async throws {
        let (a, content) = try file("/etc/a", "same")
        let (b, _) = try file("/etc/b", "same")
        var script = ScriptedMember.Script()
        script.synced = FileList(files: [a, b])
        script.contents = [try digest(content): Array(content.utf8)]
        let member = ScriptedMember("m", script)
        try await sync(member)
        #expect(member.requests == ["files", "content \(try digest(content).hex.prefix(8))"])
        #expect(try text("/etc/a") == "same" && text("/etc/b") == "same")
        try await sync(member)
        #expect(member.requests.count == 3)
    }

    @Test("a content that is another one than promised is refused, and nothing is changed")
    func forged() async throws {
        try directory.write("old", to: "root/etc/a")
        let (a, content) = try file("/etc/a", "good")
        var script = ScriptedMember.Script()
        script.synced = FileList(files: [a])
        script.contents = [try digest(content): Array("evil".utf8)]
        let error = await awaitedError { try await sync(ScriptedMember("m", script)) }
        #expect(error?.code == .verificationFailed && error?.message == "/etc/a of m is not the one that was meant")
        #expect(try text("/etc/a") == "old")
    }

    @Test("a profile without files for this node leaves it alone")
    func nothing() async throws {
        let member = ScriptedMember("m", .init())
        try await sync(member)
        #expect(member.requests == ["files"])
    }
}

@Suite("plays of a stage, seen from the node")
struct PlayStageTests {
    private func run(_ states: [PlaysStatus]) async throws -> ScriptedMember {
        var script = ScriptedMember.Script()
        script.plays = states
        let member = ScriptedMember("m", script)
        try await PlayStage(
            name: "onboot", pool: MemberPool([member]), key: Secret([UInt8](repeating: 1, count: 32)),
            reporter: EventReporter(console: RecordedConsole()), pause: { _ in }
        ).run()
        return member
    }

    @Test("the node asks with the same words until the plays are done")
    func done() async throws {
        let member = try await run([
            .init(state: .waiting, message: ""), .init(state: .running, message: ""),
            .init(state: .done, message: "ok=1"),
        ])
        #expect(member.requests.count == 3 && Set(member.requests).count == 1)
    }

    @Test("a play that failed fails the stage, with its words")
    func failed() async throws {
        let error = await awaitedError { _ = try await run([.init(state: .failed, message: "no such module")]) }
        #expect(error?.message == "running the onboot plays: no such module")
    }

    @Test("no plays are no hindrance")
    func none() async throws { #expect(try await run([.init(state: .none, message: "")]).requests.count == 1) }
}
