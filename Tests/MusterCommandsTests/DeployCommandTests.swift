import DeploymentModel
import MusterAPI
import MusterBase
import MusterCommands
import Testing

@Suite("deploy")
struct DeployCommandTests {
    var fixture = CommandFixture()

    private func response(_ nodes: [String], refused: [String] = []) -> DeployResponse {
        DeployResponse(
            nodes: nodes, refused: refused.map { .init(node: $0, reason: "its deployment is running") },
            image: "debian-12@7", revision: 7)
    }

    /// On a terminal; the status of the nodes is that of machines that are off unless said otherwise.
    private func onTerminal(typing: [String], status list: StatusList = StatusList(nodes: [], revision: 7)) throws
        -> CommandFixture
    {
        var fixture = CommandFixture()
        fixture.terminal = CommandFixture.screen
        fixture.typed = typing
        for range in ["n1", "n%5B1-2%5D"] { try fixture.service.on("GET /api/v1/status?range=\(range)", list) }
        return fixture
    }

    private func isDryRun(_ body: String) -> Bool { body.contains(#""dry_run":true"#) }

    @Test("without a terminal it goes ahead, and says what it did")
    func noTerminal() async throws {
        try fixture.service.on("POST /api/v1/deployments", response(["n1", "n2"]))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12", "--prepare")
        #expect(outcome.code == 0)
        #expect(outcome.output == "armed 2 nodes with debian-12 (debian-12@7): n[1-2]\n")
        #expect(
            fixture.service.bodies == [
                #"{"dry_run":false,"force":false,"prepare":true,"profile":"debian-12","range":"n[1-2]"}"#
            ])
    }

    @Test("a node that is refused is named on standard error, and the code is 1 though the rest was done")
    func partly() async throws {
        try fixture.service.on("POST /api/v1/deployments", response(["n1"], refused: ["n2"]))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12")
        #expect(outcome.code == 1)
        #expect(outcome.output == "armed 1 node with debian-12 (debian-12@7): n1\n")
        #expect(
            outcome.errors == """
                restart n1, or switch it on: it boots into debian-12 (debian-12@7) at its next network boot
                muster: n2: its deployment is running

                """)
    }

    @Test("on a terminal it shows the plan and asks; no means that nothing is armed")
    func declined() async throws {
        let fixture = try onTerminal(typing: ["n"])
        try fixture.service.on("POST /api/v1/deployments", response(["n1", "n2"], refused: ["n3"]))
        let outcome = await fixture.run("deploy", "n[1-3]", "debian-12")
        #expect(outcome.code == 1)
        #expect(fixture.service.bodies.allSatisfy { $0.isEmpty || isDryRun($0) })
        expectGolden("deploy-question.txt", outcome.errors)
    }

    @Test("yes arms them")
    func agreed() async throws {
        let fixture = try onTerminal(typing: ["y"])
        try fixture.service.on("POST /api/v1/deployments", response(["n1", "n2"]))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12")
        #expect(outcome.code == 0)
        #expect(fixture.service.bodies.last.map(isDryRun) == false)
    }

    @Test("what is armed is what was shown, whatever the range stands for by then")
    func shown() async throws {
        let fixture = try onTerminal(typing: ["y"])
        try fixture.service.on("POST /api/v1/deployments", response(["n1", "n2"], refused: ["n3"]))
        _ = await fixture.run("deploy", "failed", "debian-12")
        #expect(fixture.service.bodies.first?.contains(#""range":"failed""#) == true)
        #expect(fixture.service.bodies.last?.contains(#""range":"n[1-3]""#) == true)
    }

    @Test("one machine that does not run is armed without a question")
    func single() async throws {
        let fixture = try onTerminal(typing: [])
        try fixture.service.on("POST /api/v1/deployments", response(["n1"]))
        let outcome = await fixture.run("deploy", "n1", "debian-12")
        #expect(outcome.code == 0)
        #expect(!outcome.errors.contains("Go ahead?"))
    }

    @Test("one machine that runs is asked for, and end of input is a no")
    func running() async throws {
        let list = StatusList(nodes: [try status("n1", try deployment("n1", .deployed), alive: true)], revision: 7)
        let fixture = try onTerminal(typing: [], status: list)
        try fixture.service.on("POST /api/v1/deployments", response(["n1"]))
        let outcome = await fixture.run("deploy", "n1", "debian-12")
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("1 node running now: n1"))
    }

    @Test("--yes asks nothing")
    func yes() async throws {
        let fixture = try onTerminal(typing: [])
        try fixture.service.on("POST /api/v1/deployments", response(["n1", "n2"]))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12", "--yes")
        #expect(outcome.code == 0)
        #expect(fixture.service.targets == ["POST /api/v1/deployments"])
    }

    @Test("--clear takes deployments back")
    func clear() async throws {
        try fixture.service.on("DELETE /api/v1/deployments?range=n1", response(["n1"]))
        let outcome = await fixture.run("deploy", "n1", "--clear")
        #expect(outcome.code == 0)
        #expect(outcome.output == "cleared 1 node: n1\n")
    }

    @Test(
        "what does not go together is a fault of usage",
        arguments: [
            ["deploy", "n1"], ["deploy", "n1", "p", "--clear"], ["deploy", "n1", "--clear", "--wait"],
            ["deploy", "n1", "p", "--timeout", "5m"], ["deploy", "n1", "p", "--wait", "--timeout", "soon"],
        ])
    func usage(arguments: [String]) async {
        let outcome = await fixture.run(arguments)
        #expect(outcome.code == 64)
        #expect(fixture.service.requests.isEmpty)
    }
}
