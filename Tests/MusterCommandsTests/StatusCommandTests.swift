import MusterAPI
import MusterBase
import MusterCommands
import Testing

@Suite("status")
struct StatusCommandTests {
    let fixture = CommandFixture()

    @Test("each node has a line, and the states are counted below")
    func text() async throws {
        try fixture.service.on("GET /api/v1/status", try sampleStatus())
        let outcome = await fixture.run("status")
        #expect(outcome.code == 0)
        expectGolden("status.txt", outcome.output)
    }

    @Test("on a terminal states have colours, and no line is longer than the terminal is wide")
    func colour() async throws {
        var fixture = fixture
        fixture.terminal = CommandFixture.screen
        try fixture.service.on("GET /api/v1/status", try sampleStatus())
        let outcome = await fixture.run("status")
        #expect(outcome.output.contains("\u{1B}[32mdeployed\u{1B}[0m"))
        #expect(outcome.output.contains("\u{1B}[31mfailed\u{1B}[0m"))
        for line in outcome.output.split(separator: "\n") {
            #expect(line.replacing(/\u{1B}\[[0-9]*m/, with: "").count <= 80)
        }
    }

    @Test("NO_COLOR on a terminal: no escape sequence")
    func noColour() async throws {
        var fixture = fixture
        fixture.terminal = CommandFixture.screen
        fixture.terminal.allowsColour = false
        try fixture.service.on("GET /api/v1/status", try sampleStatus())
        let outcome = await fixture.run("status")
        #expect(!outcome.output.contains("\u{1B}"))
    }

    @Test("control characters in what a machine reported do not reach the terminal")
    func controlCharacters() async throws {
        let bad = try status(
            "n1", try deployment("n1", .booting, lastStep: "a\u{1B}[2Jb\rc\u{9B}d", started: "11:59:30"))
        try fixture.service.on("GET /api/v1/status", StatusList(nodes: [bad], revision: 1))
        let outcome = await fixture.run("status")
        #expect(outcome.output.contains("a [2Jb c d"))
        #expect(!outcome.output.contains("\u{1B}") && !outcome.output.contains("\r"))
    }

    @Test("no nodes is said, and is no failure")
    func empty() async throws {
        try fixture.service.on("GET /api/v1/status", StatusList(nodes: [], revision: 1))
        let outcome = await fixture.run("status")
        #expect(outcome.code == 0)
        #expect(outcome.output == "no nodes\n")
    }

    @Test("JSON has the service's own document")
    func json() async throws {
        try fixture.service.on("GET /api/v1/status?range=n%5B1-3%5D", try sampleStatus())
        let outcome = await fixture.run("status", "n[1-3]", "-o", "json")
        expectGolden("status.json", outcome.output)
    }
}
