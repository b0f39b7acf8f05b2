import Glibc
import LinuxSystem
import MusterBase
import Profiles
import TestSupport
import Testing

@Suite("a profile follows new versions")
struct RebaseTests {
    private let site: InstallerSite

    init() async throws {
        site = try InstallerSite()
        try await site.makeProfile()
    }

    private func rebase(_ change: (inout ProfileRebaseChoices) -> Void = { _ in }) async throws -> ProfileRebase {
        var choices = ProfileRebaseChoices()
        change(&choices)
        return try await site.store.rebase("trixie", choices)
    }

    private func outcomes(_ rebase: ProfileRebase) -> [String: ProfileRebase.Outcome] {
        Dictionary(uniqueKeysWithValues: rebase.files.map { ($0.path, $0.outcome) })
    }

    @Test("what was just made has nothing to follow")
    func fresh() async throws {
        let before = try site.text("trixie", ".muster/origin.json")
        let rebase = try await rebase()
        #expect(!rebase.hasChanges && rebase.isComplete && rebase.bootFiles.isEmpty)
        #expect(try site.text("trixie", ".muster/origin.json") == before)
        #expect(!Files.exists(site.path("trixie", ".muster/rebase")))
        #expect(rebase.to.medium == "debian-13" && rebase.to.variant == "default")
    }

    @Test("a file that nobody touched has the new text, also where a touched one stays")
    func followed() async throws {
        try site.age("trixie", "preseed.cfg", "participate boolean false", was: "participate boolean true")
        try site.age("trixie", "profile.yaml", "kernel_arguments", was: "console: tty0\nkernel_arguments")
        try site.append("stages: [post]\n", to: "profile.yaml")
        let own = try site.text("trixie", "profile.yaml")
        let looked = try await rebase { $0.isDryRun = true }
        #expect(outcomes(looked) == ["preseed.cfg": .updated, "profile.yaml": .kept])
        #expect(try site.text("trixie", "preseed.cfg").contains("participate boolean true"))
        let done = try await rebase()
        #expect(outcomes(done) == outcomes(looked) && !done.isComplete && done.from?.muster == "0.0.1")
        #expect(try site.text("trixie", "preseed.cfg").contains("participate boolean false"))
        #expect(try site.text("trixie", "profile.yaml") == own)
        #expect(done.files.last?.diff?.contains("\n-console: tty0\n") == true)
        // What is not taken yet is told again.
        let again = try await rebase()
        #expect(outcomes(again) == ["preseed.cfg": .unchanged, "profile.yaml": .kept])
        let settled = try await rebase { $0.resolved = ["profile.yaml"] }
        #expect(outcomes(settled)["profile.yaml"] == .resolved && settled.isComplete)
        #expect(try site.text("trixie", "profile.yaml") == own)
        #expect(try await !rebase().hasChanges)
    }

    @Test("a change that the administrator made already counts as taken")
    func taken() async throws {
        let new = try site.text("trixie", "preseed.cfg")
        try site.age("trixie", "preseed.cfg", "boolean false", was: "boolean true")
        try AtomicFile.write(new, to: site.path("trixie", "preseed.cfg"))
        #expect(outcomes(try await rebase())["preseed.cfg"] == .resolved)
        #expect(try await !rebase().hasChanges)
    }

    @Test("a newer medium behind the link is followed, with its boot files")
    func medium() async throws {
        try await site.importMedium("debian-14", version: "14 (forky)")
        try Files.link(site.path("trixie", "distribution"), to: "../../../distributions/debian-14")
        let rebase = try await rebase()
        #expect(outcomes(rebase)["profile.yaml"] == .updated && rebase.to.medium == "debian-14")
        #expect(rebase.bootFiles.last == "boot.ipxe" && rebase.bootFiles.count == 4)
        #expect(try site.store.load("trixie").version == "14" && site.store.verify("trixie").isEmpty)
    }

    @Test(
        "changes in different lines are put together, where that is asked for; and a result that cannot be read is refused"
    )
    func merge() async throws {
        try site.age("trixie", "profile.yaml", "installer: debian", was: "installer: debian\nconsole: tty0")
        try site.append("stages: [post]\n", to: "profile.yaml")
        let own = try site.text("trixie", "profile.yaml")
        await #expect(throws: MusterError.self) { try await rebase { $0.merge = { _ in Array("family: [".utf8) } } }
        #expect(try site.text("trixie", "profile.yaml") == own)
        let tools = ScriptedTools([
            "diff3": { call in
                #expect(call.arguments.last == "-" && String(decoding: call.input, as: UTF8.self).contains("installer"))
                let merged = try Files.readText(call.arguments[1]).replacing("console: tty0\n", with: "")
                return ToolResult(exitCode: 0, standardOutput: Array(merged.utf8), standardError: [])
            }
        ])
        let done = try await rebase { $0.merge = { try await ThreeWayMerge(tools: tools).run($0) } }
        #expect(outcomes(done)["profile.yaml"] == .merged && done.isComplete)
        #expect(try site.text("trixie", "profile.yaml") == own.replacing("console: tty0\n", with: ""))
        #expect(try await !rebase().hasChanges)
    }

    @Test("where both changed the same lines it stays")
    func conflict() async throws {
        let tools = ScriptedTools(["diff3": { _ in ScriptedTools.failure("", exitCode: 1) }])
        let broken = ScriptedTools(["diff3": { _ in ScriptedTools.failure("no memory", exitCode: 2) }])
        let texts = ThreeTexts(ownPath: "/own", basePath: "/base", new: [])
        #expect(try await ThreeWayMerge(tools: tools).run(texts) == nil)
        await #expect(throws: MusterError.self) { try await ThreeWayMerge(tools: broken).run(texts) }
    }

    @Test("a file that the administrator removed, or shares by a link, is theirs")
    func removed() async throws {
        try site.age("trixie", "preseed.cfg", "boolean false", was: "boolean true")
        try AtomicFile.write(try site.text("trixie", "preseed.cfg"), to: site.directory.path("shared"))
        try Files.link(site.path("trixie", "preseed.cfg"), to: site.directory.path("shared"))
        #expect(outcomes(try await rebase())["preseed.cfg"] == .kept)
        #expect(Files.linkTarget(site.path("trixie", "preseed.cfg")) != nil)
        try Files.remove(site.path("trixie", "preseed.cfg"))
        #expect(outcomes(try await rebase())["preseed.cfg"] == .kept)
        #expect(!Files.exists(site.path("trixie", "preseed.cfg")))
    }

    @Test("without a record it says so, and a new one is begun only when it is asked for")
    func adopt() async throws {
        try FileTree.remove(site.path("trixie", ".muster"))
        try site.append("# mine\n", to: "preseed.cfg")
        let own = try site.text("trixie", "preseed.cfg")
        await #expect {
            try await rebase()
        } throws: {
            "\($0)".contains("has no record") && "\($0)".contains("muster profile rebase trixie --adopt")
        }
        let adopted = try await rebase { $0.adopts = true }
        #expect(outcomes(adopted) == ["preseed.cfg": .resolved, "profile.yaml": .unchanged])
        #expect(adopted.files.first?.diff?.hasSuffix("-# mine\n") == true)
        #expect(try site.text("trixie", "preseed.cfg") == own)
        #expect(try await !rebase().hasChanges)
    }

    @Test("a record that is not whole leaves all as it was")
    func whole() async throws {
        try site.age("trixie", "preseed.cfg", "boolean false", was: "boolean true")
        try site.age("trixie", "profile.yaml", "installer: debian", was: "installer: debian\nconsole: tty0")
        let before = try site.text("trixie", "preseed.cfg")
        let record = site.path("trixie", ".muster/origin.json")
        let text = try Files.readText(record)
        try Files.remove(site.path("trixie", ".muster/origin/profile.yaml"))
        await #expect(throws: MusterError.self) { try await rebase() }
        #expect(try site.text("trixie", "preseed.cfg") == before && Files.readText(record) == text)
    }

    @Test("changes of several files that cannot all be made are taken back")
    func takenBack() throws {
        let directory = try TemporaryDirectory()
        try directory.write("one", to: "a")
        try directory.makeDirectory("c")
        var files = StagedFiles(directory: directory.path, staging: directory.path(".staging"))
        try files.begin()
        try files.write(Array("new".utf8), to: "a")
        try files.write(Array("new".utf8), to: "sub/b")
        // A directory has no second name.
        try files.write(Array("new".utf8), to: "c")
        #expect(throws: MusterError.self) { try files.commit() }
        files.discard()
        #expect(try Files.readText(directory.path("a")) == "one")
        #expect(directory.content() == ["a", "c", "sub"])
    }

    @Test("a record that leads out of the profile, or is of a later form, is refused")
    func hostile() async throws {
        let record = site.path("trixie", ".muster/origin.json")
        let text = try Files.readText(record)
        for (old, new) in [
            ("preseed.cfg", "../../../x"), ("preseed.cfg", ".muster/x"), ("\"schema\" : 1", "\"schema\" : 2"),
        ] {
            try AtomicFile.write(text.replacing(old, with: new), to: record)
            await #expect(throws: MusterError.self, "\(new)") { try await rebase() }
        }
    }
}
