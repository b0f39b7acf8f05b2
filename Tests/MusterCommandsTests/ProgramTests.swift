import ArgumentParser
import MusterAPI
import MusterBase
import MusterCommands
import Testing

@Suite("the program as a whole")
struct ProgramTests {
    var fixture = CommandFixture()

    /// Its reader is gone.
    struct ClosedSink: OutputSink {
        func write(_ bytes: [UInt8]) throws { throw OutputClosed() }
    }

    @Test("every command has help with an example")
    func examples() {
        for entry in CommandReference.entries {
            #expect(entry.help.contains("Example"), "muster \(entry.path.joined(separator: " "))")
        }
    }

    @Test("no example is so long that help breaks it in two")
    func width() throws {
        for entry in CommandReference.entries {
            let lines = entry.help.split(separator: "\n", omittingEmptySubsequences: false)
            let heading = try #require(lines.firstIndex { $0.hasPrefix("Example") })
            for line in lines[(heading + 1)...].prefix(while: { !$0.isEmpty }) {
                #expect(line.hasPrefix("  muster "), "\(line)")
            }
        }
    }

    @Test("the reference of commands is that of the commands' own help")
    func reference() {
        expectFile(repositoryPath("docs/reference/commands.md"), CommandReference.markdown)
    }

    @Test("help and version go to standard output with 0")
    func help() async {
        for arguments in [["--help"], ["help", "deploy"], ["deploy", "-h"], ["--version"], []] {
            let outcome = await fixture.run(arguments)
            #expect(outcome.code == 0)
            #expect(outcome.errors.isEmpty)
            #expect(!outcome.output.isEmpty)
        }
    }

    @Test(
        "what is not understood is a fault of usage on standard error",
        arguments: [["frobnicate"], ["node", "list", "--colour"], ["node", "list", "-o", "yaml"], ["trace"]])
    func usage(arguments: [String]) async {
        let outcome = await fixture.run(arguments)
        #expect(outcome.code == 64)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("muster: "))
    }

    @Test("a service that does not answer: which socket, and how to start it")
    func unreachable() async {
        var fixture = fixture
        fixture.isReachable = false
        let outcome = await fixture.run("node", "list")
        #expect(outcome.code == 1)
        #expect(
            outcome.errors == """
                muster: the service at /home/admin/.local/state/muster/muster.sock does not answer: there is no such socket
                        start the service: musterd

                """)
    }

    @Test("output that nobody reads ends the program as SIGPIPE would, without a word")
    func closedOutput() async throws {
        try fixture.service.on("GET /api/v1/nodes", NodeList(nodes: []))
        let errors = CapturedSink()
        let code = await MusterProgram.run(["node", "list"], in: fixture.context(output: ClosedSink(), errors: errors))
        #expect(code == 141)
        #expect(errors.text.isEmpty)
    }

    @Test("an error's causes stand in its line, each once")
    func causes() async {
        let cause = MusterError(.systemFailure, "the disk is full")
        fixture.service.on(
            "GET /api/v1/nodes", fails: MusterError(.exhausted, "reading the store", advice: "make room", cause: cause))
        let outcome = await fixture.run("node", "list")
        #expect(outcome.errors == "muster: reading the store: the disk is full\n        make room\n")
    }

    @Test("version tells both versions, and works without a service")
    func version() async throws {
        try fixture.service.on(
            "GET /api/v1/version",
            ServiceVersion(version: "0.0.9", site: "example", process: 7, startedAt: try time("11:00:00")))
        let both = await fixture.run("version")
        #expect(both.output.contains("musterd 0.0.9  site example, process 7"))
        var alone = CommandFixture()
        alone.isReachable = false
        let outcome = await alone.run("version", "-o", "json")
        #expect(outcome.code == 0)
        #expect(outcome.output == "{\n  \"version\" : \"\(MusterVersion.current)\"\n}\n")
    }
}

@Suite("state directory")
struct StateDirectoryTests {
    private func resolve(_ option: String?, _ environment: [String: String], root: Bool = false) throws
        -> StateDirectory
    {
        try StateDirectory.resolve(option: option, environment: environment, isRoot: root, currentDirectory: "/here")
    }

    @Test("option, environment, root's own, XDG and home count in this order")
    func order() throws {
        let environment = ["MUSTER_STATE_DIR": "/e", "XDG_STATE_HOME": "/x", "HOME": "/h"]
        #expect(try resolve("/o/", environment).path == "/o")
        #expect(try resolve("o", environment).path == "/here/o")
        #expect(try resolve(nil, environment, root: true).path == "/e")
        #expect(try resolve(nil, ["HOME": "/root"], root: true) == .standard)
        #expect(try resolve(nil, ["XDG_STATE_HOME": "/x", "HOME": "/h"]).path == "/x/muster")
        #expect(try resolve(nil, ["XDG_STATE_HOME": "relative", "HOME": "/h"]).path == "/h/.local/state/muster")
        #expect(throws: MusterError.self) { try resolve(nil, [:]) }
    }

    @Test("the socket lies in the directory, but for the system's service")
    func socket() {
        #expect(StateDirectory.standard.socket == "/run/muster/muster.sock")
        #expect(StateDirectory(path: "/tmp/x/").socket == "/tmp/x/muster.sock")
        #expect(StateDirectory(path: "/var/lib/muster/") == .standard)
    }
}
