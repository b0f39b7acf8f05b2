import DeploymentModel
import MusterAPI
import MusterBase
import MusterCommands
import Synchronization
import Testing

@Suite("deploy --wait")
struct DeployWaitTests {
    var fixture = CommandFixture()

    init() throws {
        try fixture.service.on(
            "POST /api/v1/deployments",
            DeployResponse(nodes: ["n1", "n2"], refused: [], image: "debian-12@7", revision: 7))
    }

    private func armed() throws -> StatusList {
        StatusList(
            nodes: [try status("n1", try deployment("n1", .armed)), try status("n2", try deployment("n2", .armed))],
            revision: 8)
    }

    private func deployed(_ node: String, _ revision: Int64) throws -> StatusList {
        let done = try deployment(
            node, .deployed, lastStep: "ready", started: "11:51:00", finished: "11:52:00")
        return StatusList(nodes: [try status(node, done)], revision: revision)
    }

    private func booting(_ step: String, _ progress: Int?, _ revision: Int64) throws -> StatusList {
        let booting = try deployment(
            "n1", .booting, lastStep: step, progress: progress, started: "11:51:00", lastEvent: "11:59:59")
        return StatusList(nodes: [try status("n1", booting)], revision: revision)
    }

    private let look = "GET /api/v1/status?range=n%5B1-2%5D"

    @Test("one line for each change, none for mere progress, and the counts at the end")
    func log() async throws {
        try fixture.service.on(look, try armed())
        try fixture.service.on("\(look)&after=8&wait=30", try booting("network is up", nil, 9))
        try fixture.service.on("\(look)&after=9&wait=30", try booting("root: 10 MB", 10, 10))
        try fixture.service.on("\(look)&after=10&wait=30", try booting("root: 20 MB", 20, 11))
        try fixture.service.on("\(look)&after=11&wait=30", try deployed("n1", 12))
        try fixture.service.on("\(look)&after=12&wait=30", try deployed("n2", 13))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12", "--wait")
        #expect(outcome.code == 0)
        #expect(outcome.output == "2 nodes: 2 deployed\n")
        expectGolden("deploy-wait.txt", outcome.errors)
    }

    @Test("a node that failed is named with its reason, and the code is 1")
    func failed() async throws {
        let failure = try deployment(
            "n2", .failed, failure: "the root file system has a wrong digest", started: "11:51:00", finished: "11:52:00"
        )
        try fixture.service.on(look, try deployed("n1", 8))
        try fixture.service.on(
            "\(look)&after=8&wait=30", StatusList(nodes: [try status("n2", failure)], revision: 9))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12", "--wait")
        #expect(outcome.code == 1)
        #expect(outcome.output == "2 nodes: 1 deployed, 1 failed\n")
        #expect(outcome.errors.hasSuffix("muster: n2: the root file system has a wrong digest\n"))
    }

    @Test("a service that is restarted meanwhile is waited for, and history that it lost is read anew")
    func restarted() async throws {
        try fixture.service.on(look, try armed(), try deployed("n1", 20), try deployed("n2", 21))
        fixture.service.on("\(look)&after=8&wait=30", fails: MusterError(.unavailable, "the service does not answer"))
        fixture.service.on("\(look)&after=8&wait=30", fails: MusterError(.unavailable, "the service does not answer"))
        fixture.service.on("\(look)&after=8&wait=30", fails: MusterError(.compacted, "too old"))
        try fixture.service.on("\(look)&after=20&wait=30", try deployed("n2", 21))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12", "--wait")
        #expect(outcome.code == 0)
        #expect(outcome.errors.split(separator: "\n").count { $0.contains("trying on") } == 1)
    }

    @Test("when the time is up, the nodes that are not deployed are named")
    func timeout() async throws {
        var fixture = fixture
        let calls = Mutex<Int64>(0)
        let start = try #require(CommandFixture.now)
        fixture.clock = WallClock {
            Timestamp(
                microseconds: start.microseconds
                    + calls.withLock {
                        $0 += 20_000_000
                        return $0
                    })
        }
        try fixture.service.on(look, try deployed("n1", 8))
        for wait in 1...60 {
            try fixture.service.on("\(look)&after=8&wait=\(wait)", StatusList(nodes: [], revision: 8))
        }
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12", "--wait", "--timeout", "2m")
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("muster: n2: nothing is known of it"))
    }

    @Test("on a terminal a block of lines is drawn over again, with bars")
    func terminal() async throws {
        var fixture = fixture
        fixture.terminal = CommandFixture.screen
        fixture.terminal.allowsColour = false
        try fixture.service.on(look, try armed())
        try fixture.service.on("\(look)&after=8&wait=2", try booting("root: 90 of 180 MB", 50, 9))
        try fixture.service.on("\(look)&after=9&wait=2", try deployed("n1", 10))
        try fixture.service.on("\(look)&after=10&wait=2", try deployed("n2", 11))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12", "--wait", "--yes")
        #expect(outcome.code == 0)
        expectGolden(
            "deploy-wait-terminal.txt", outcome.errors.replacing("\u{1B}", with: "<ESC>").replacing("\r", with: ""))
    }

    @Test("a wait that is interrupted says that the deployment goes on, and ends with 130")
    func interrupted() async throws {
        try fixture.service.on(look, try armed())
        fixture.service.on("\(look)&after=8&wait=30", fails: MusterError(.cancelled, "given up"))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12", "--wait")
        #expect(outcome.code == 130)
        #expect(outcome.errors.hasSuffix("The deployment goes on without being watched: muster status n[1-2]\n"))
    }

    @Test("with JSON the one document has the nodes' end")
    func json() async throws {
        try fixture.service.on(look, try deployed("n1", 8))
        try fixture.service.on("\(look)&after=8&wait=30", try deployed("n2", 9))
        let outcome = await fixture.run("deploy", "n[1-2]", "debian-12", "--wait", "--output", "json")
        expectGolden("deploy-wait.json", outcome.output)
    }
}
