import LinuxSystem
import MusterAPI
import MusterBase
import MusterCommands
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Runs body with an empty directory that is removed behind it.
func withDirectory(_ body: (String) async throws -> Void) async throws {
    let name = (0..<8).map { _ in String(UInt8.random(in: .min ... .max), radix: 16) }.joined()
    let path = FileManager.default.temporaryDirectory.path(percentEncoded: false) + "/muster-commands-\(name)"
    try Files.createDirectory(path, mode: 0o700)
    do {
        try await body(path)
    } catch {
        try? FileManager.default.removeItem(atPath: path)
        throw error
    }
    try FileManager.default.removeItem(atPath: path)
}

/// Stands in for zstd: what it is to compress is its output. Other programs are missing.
struct CopyingTools: ToolRunner {
    func run(_ tool: Tool, _ arguments: [String], _ options: ToolOptions) async throws -> ToolResult {
        guard tool == .zstd, let flag = arguments.firstIndex(of: "-o"), flag + 1 < arguments.count else {
            throw MusterError(.systemFailure, "the test runs no \(tool.name)")
        }
        let target = arguments[flag + 1]
        let source = arguments.last { Files.exists($0) && $0 != target }
        try Files.write(try Files.read(source ?? ""), to: target)
        return ToolResult(exitCode: 0, standardOutput: [], standardError: [])
    }
}

@Suite("init and check")
struct InitCommandTests {
    private func fixture() -> CommandFixture {
        var fixture = CommandFixture()
        fixture.tools = CopyingTools()
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
        try await withDirectory { directory in
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
        try await withDirectory { directory in
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
        try await withDirectory { directory in
            let programs = try programs(in: directory)
            _ = await initialise(directory, programs + ["--site", "one"])
            let outcome = await initialise(directory, programs + ["--site", "two"])
            #expect(outcome.code == 1)
            #expect(outcome.errors.contains("the site in \(directory)/state is named 'one', not 'two'"))
        }
    }

    @Test("without the programs for nodes the rest is made, and what is missing is said with 1")
    func noAgent() async throws {
        try await withDirectory { directory in
            let outcome = await initialise(directory, ["--agent", "\(directory)/none", "--early-init", "/none"])
            #expect(outcome.code == 1)
            #expect(outcome.output.contains("made       site.cpio"))
            #expect(outcome.errors.contains("muster-agent, which runs on nodes, is not at \(directory)/none"))
        }
    }

    @Test("check names what is missing and how to mend it, and ends with 1")
    func check() async throws {
        try await withDirectory { directory in
            let empty = await fixture().run("check", "--state-dir", "\(directory)/state")
            #expect(empty.code == 1)
            #expect(empty.output.contains("bad      state directory  \(directory)/state is not there"))
            _ = await initialise(directory, try programs(in: directory))
            let private_ = "\(directory)/state/private"
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: private_)
            let open = await fixture().run("check", "--state-dir", "\(directory)/state")
            #expect(open.output.contains("others than their owner may enter \(private_)"))
            #expect(open.output.contains("run: chmod 0700 \(private_)"))
            #expect(open.output.contains("bad      service "))
        }
    }

    @Test("check joins what the service sees of itself, and is good when all is")
    func serviceCheck() async throws {
        try await withDirectory { directory in
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
