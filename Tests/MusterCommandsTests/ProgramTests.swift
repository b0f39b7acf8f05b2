import ArgumentParser
import Inventory
import LinuxSystem
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

    /// The words of an example as a shell reads them; only single quotes are used.
    private func words(_ line: Substring) -> [String] {
        var words: [String] = []
        let parts = line.split(separator: "'", omittingEmptySubsequences: false)
        for (number, part) in parts.enumerated() {
            words += number % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
        }
        return words
    }

    @Test("every example can be read, and its attributes and values are allowed")
    func readableExamples() throws {
        var count = 0
        for entry in CommandReference.entries {
            let lines = entry.help.split(separator: "\n")
            for line in lines where line.hasPrefix("  muster ") {
                let words = words(line)
                #expect(throws: Never.self, "\(line)") { try CommandReference.parse(Array(words.dropFirst())) }
                count += 1
                for word in words where !word.hasPrefix("-") && word.contains("=") && !word.contains(">=") {
                    let assignment = try Assignment(word)
                    let type = try AttributeRegistry.standard.attribute(assignment.attribute).type
                    let isAllowed =
                        assignment.value.isEmpty || Expression.isExpression(assignment.value)
                        || type.normalize(assignment.value) != nil
                    #expect(isAllowed, "\(word)")
                }
            }
        }
        #expect(count > 40)
    }

    @Test("what a user typed cannot end a line of an error or draw on the terminal")
    func escaped() async {
        let outcome = await fixture.run("profile", "create", "a\nb\u{1B}[31m", "debian-12", "--state-dir", "/nowhere")
        #expect(outcome.errors.hasPrefix("muster: 'a\\nb\\u{1b}[31m' cannot name a profile\n"))
    }

    @Test(
        "a mirror that is no address is refused", arguments: ["", "x y", "deb.debian.org", "http://", "http://a b/"])
    func mirror(text: String) async {
        let outcome = await fixture.run("image", "build", "debian-12", "--mirror", text)
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("is no address of a package repository"))
    }

    @Test("without a site no image is built")
    func siteFirst() async {
        let outcome = await fixture.run("image", "build", "debian-12", "--state-dir", "/nowhere")
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("there is no site in /nowhere"))
        #expect(outcome.errors.contains("muster init"))
    }

    @Test("the reference of commands is that of the commands' own help")
    func reference() {
        expectFile(repositoryPath("docs/reference/commands.md"), CommandReference.markdown)
    }

    @Test("every command that writes a document has its shape in the reference")
    func shapes() throws {
        // A command's type is named by its words: `profile update-boot` is ProfileUpdateBootCommand.
        var writers: Set<String> = []
        let commands = repositoryPath("Sources/Programs/MusterCommands/Commands")
        let directories = try Files.entries(in: commands).filter(\.isDirectory).map { "\(commands)/\($0.name)" }
        for directory in [commands] + directories {
            for entry in try Files.entries(in: directory) where entry.name.hasSuffix(".swift") {
                let parts = try Files.readText("\(directory)/\(entry.name)").split(separator: "options.write(")
                for part in parts.dropLast() {
                    let type = try #require(part.matches(of: /struct (\w+)Command: ContextCommand/).last?.1)
                    writers.insert(type.lowercased())
                }
            }
        }
        #expect(writers.count > 25)
        let rows = CommandReference.markdown.split(separator: "\n").drop { $0 != "## JSON" }
        let described = rows.filter { $0.hasPrefix("| `") }.flatMap { row in
            row.dropFirst(2).prefix { $0 != "|" }.matches(of: /`([a-z -]+)`/).map { String($0.1) }
        }
        let words = Set(described.map { $0.filter { $0 != " " && $0 != "-" } })
        #expect(writers.subtracting(words).sorted() == [])
        #expect(words.subtracting(writers).sorted() == [])
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

    @Test("an argument that is not UTF-8 is refused with its number")
    func notText() throws {
        #expect(try MusterProgram.decode([Array("expand".utf8), Array("ö".utf8)]) == ["expand", "ö"])
        let error = #expect(throws: MusterError.self) {
            try MusterProgram.decode([Array("expand".utf8), [0x6E, 0xFF, 0x31]])
        }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.hasPrefix("argument 2, 'n") == true, "\(error?.message ?? "")")
    }

    @Test(
        "a command that is not there: which ones are like it",
        arguments: [
            (["nod", "list"], "there is no command 'muster nod'; did you mean 'muster node'?"),
            (["node", "lst"], "there is no command 'muster node lst'; did you mean 'muster node list'?"),
            (["frobnicate"], "there is no command 'muster frobnicate'"),
        ])
    func unknownCommand(arguments: [String], message: String) async {
        let outcome = await fixture.run(arguments)
        #expect(outcome.code == 64)
        #expect(outcome.errors.hasPrefix("muster: \(message)\n"))
        #expect(outcome.errors.contains("--help"))
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

    @Test("a path that has no room for the socket is refused, with the length that is allowed")
    func length() throws {
        let most = "/" + String(repeating: "d", count: 107 - "/muster.sock".utf8.count - 1)
        #expect(try resolve(most, [:]).path == most)
        #expect { try resolve(most + "d", [:]) } throws: { error in
            "\(error)".contains("has 96 octets, and may have 95 at most")
        }
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
