import LinuxSystem
import MusterAPI
import MusterBase
import MusterCommands
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("init and check")
struct InitCommandTests {
    private func fixture() -> CommandFixture {
        var fixture = CommandFixture()
        fixture.tools = ScriptedTools(ScriptedTools.packing)
        fixture.isReachable = false
        return fixture
    }

    private func programs(in directory: String, agent: String = "agent one") throws -> [String] {
        try Files.write(agent, to: "\(directory)/agent")
        try Files.write("early", to: "\(directory)/early-init")
        return ["--agent", "\(directory)/agent", "--early-init", "\(directory)/early-init"]
    }

    private func initialise(_ directory: String, _ more: [String]) async -> CommandFixture.Outcome {
        await fixture().run(["init", "--state-dir", "\(directory)/state"] + more)
    }

    @Test("a new site gets directories, keys, settings and archives; a second run keeps them all")
    func twice() async throws {
        try await withTemporaryDirectory { directory in
            let programs = try programs(in: directory)
            let first = await initialise(directory, programs + ["--site", "example"])
            #expect(first.output.hasPrefix("site example in \(directory)/state\n"))
            for subject in ["keys of site example", "site.cpio", "addons.cpio", "ca.pem"] {
                #expect(first.output.contains("made       \(subject)"))
            }
            let state = StateDirectory(path: "\(directory)/state")
            let key = try Files.read("\(state.authorityDirectory)/image-key")
            let archive = try Files.read("\(state.siteDirectory)/site.cpio")
            try Files.write("# mine", to: state.settingsFile)

            let second = await initialise(directory, programs)
            #expect(!second.output.contains("made ") && !second.output.contains("refreshed"))
            #expect(try Files.read("\(state.authorityDirectory)/image-key") == key)
            #expect(try Files.read("\(state.siteDirectory)/site.cpio") == archive)
            #expect(try Files.readText(state.settingsFile) == "# mine")
        }
    }

    @Test("a new agent renews its archive, and what was lost is made again")
    func refresh() async throws {
        try await withTemporaryDirectory { directory in
            _ = await initialise(directory, try programs(in: directory))
            try Files.remove("\(directory)/state/public/site/site.cpio")
            let again = await initialise(directory, try programs(in: directory, agent: "agent two"))
            #expect(again.output.contains("refreshed  addons.cpio"))
            #expect(again.output.contains("made       site.cpio"))
            let archive = try Files.readText("\(directory)/state/public/site/addons.cpio")
            #expect(archive.contains("agent two"))
        }
    }

    @Test("a site cannot be renamed, and nothing changes when that is tried")
    func rename() async throws {
        try await withTemporaryDirectory { directory in
            let programs = try programs(in: directory)
            _ = await initialise(directory, programs + ["--site", "one"])
            let outcome = await initialise(directory, programs + ["--site", "two"])
            #expect(outcome.code == 1)
            #expect(outcome.errors.contains("the site in \(directory)/state is named 'one', not 'two'"))
        }
    }

    @Test("without the programs for nodes the rest is made, and what is missing is said with 1")
    func noAgent() async throws {
        try await withTemporaryDirectory { directory in
            let outcome = await initialise(directory, ["--agent", "\(directory)/none", "--early-init", "/none"])
            #expect(outcome.code == 1)
            #expect(outcome.output.contains("made       site.cpio"))
            #expect(outcome.errors.contains("muster-agent, which runs on nodes, is not at \(directory)/none"))
        }
    }

    @Test("check names what is missing and how to mend it, and ends with 1")
    func check() async throws {
        try await withTemporaryDirectory { directory in
            let empty = await fixture().run("check", "--state-dir", "\(directory)/state")
            #expect(empty.code == 1)
            #expect(empty.output.contains("bad      state directory  \(directory)/state is not there"))
            _ = await initialise(directory, try programs(in: directory))
            let directoryOfKeys = "\(directory)/state/private"
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directoryOfKeys)
            let open = await fixture().run("check", "--state-dir", "\(directory)/state")
            #expect(open.output.contains("others than their owner may enter \(directoryOfKeys)"))
            #expect(open.output.contains("run: chmod 0700 \(directoryOfKeys)"))
            #expect(open.output.contains("bad      service "))
        }
    }

    @Test("check tells of what others may write, and of a store that they may read")
    func checkPermissions() async throws {
        try await withTemporaryDirectory { directory in
            _ = await initialise(directory, try programs(in: directory))
            let state = "\(directory)/state"
            try Files.write("", to: "\(state)/muster.sqlite", mode: 0o640)
            let readable = await fixture().run("check", "--state-dir", state)
            #expect(readable.output.contains("others may read \(state)/muster.sqlite, its mode is 0640"))
            try Files.setMode(state, 0o757)
            let writable = await fixture().run("check", "--state-dir", state)
            #expect(writable.output.contains("others may write to \(state), its mode is 0757"))
            #expect(writable.output.contains("chmod go-w \(state)"))
        }
    }

    @Test("check joins what the service sees of itself, and is good when all is")
    func serviceCheck() async throws {
        try await withTemporaryDirectory { directory in
            _ = await initialise(directory, try programs(in: directory))
            var fixture = fixture()
            fixture.isReachable = true
            try fixture.service.on(
                "GET /api/v1/version",
                ServiceVersion(
                    version: MusterVersion.current, site: "muster", process: 7, startedAt: try time("11:00:00")))
            try fixture.service.on(
                "GET /api/v1/check",
                CheckReport(results: [
                    CheckResult(subject: "networks", verdict: .warning, message: "none is served", advice: "name one")
                ]))
            let outcome = await fixture.run("check", "--state-dir", "\(directory)/state")
            #expect(outcome.output.contains("good     service"))
            #expect(outcome.output.contains("name one"))
            #expect(!outcome.output.contains("bad      service"))
        }
    }
}
