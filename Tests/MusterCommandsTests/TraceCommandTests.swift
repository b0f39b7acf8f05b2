import DeploymentModel
import MusterAPI
import MusterBase
import MusterCommands
import Testing

@Suite("trace")
struct TraceCommandTests {
    let fixture = CommandFixture()

    private func events() throws -> [TraceEvent] {
        [
            try event("11:50:00", .operatorCommand, "armed", .done, "armed with debian-12 by root"),
            try event("11:51:00.25", .dhcp, "firmware", .done, "10.1.0.1 given to 52:54:00:00:00:01"),
            try event("11:51:03", .tftp, "loader", .started, "undionly.kpxe"),
            try event("11:51:04.5", .tftp, "loader", .done, "undionly.kpxe, 70 kB"),
            try event("11:51:20", .agent, "server", .started, "looking for a server"),
            try event("11:51:25", .agent, "server", .retrying, "10.1.0.254 does not answer"),
            try event("11:51:27", .agent, "server", .done, "10.1.0.254"),
            try event("11:51:30", .agent, "root-image", .started, "root file system"),
            try event("11:51:40", .agent, "root-image", .progress, "root file system: 90 of 180 MB", 50),
        ]
    }

    private func trace(_ events: [TraceEvent], _ state: DeploymentState, finished: String? = nil) throws -> Trace {
        Trace(
            node: "n1",
            deployment: try deployment(
                "n1", state, started: "11:51:00.25", finished: finished, lastEvent: "11:59:50"),
            events: events, earlier: ["aa", "bb"])
    }

    @Test("each step has its time of day, offset, duration, source, status and message")
    func text() async throws {
        try fixture.service.on("GET /api/v1/trace/n1", try trace(try events(), .booting))
        let outcome = await fixture.run("trace", "n1")
        #expect(outcome.code == 0)
        expectGolden("trace.txt", outcome.output)
    }

    @Test("an earlier deployment is asked for by its id")
    func earlier() async throws {
        try fixture.service.on(
            "GET /api/v1/trace/n1?deployment=aa", try trace(try events(), .deployed, finished: "11:52:00"))
        let outcome = await fixture.run("trace", "n1", "--deployment", "aa")
        #expect(outcome.output.contains("deployed after 59.750 s"))
    }

    @Test("--follow prints each step as it ends, and ends with the deployment")
    func follow() async throws {
        let first = try events()
        let more = [
            try event("11:52:00", .agent, "root-image", .done, "root file system verified"),
            try event("11:52:10", .agent, "deployed", .done, "ready"),
        ]
        try fixture.service.on(
            "GET /api/v1/status?range=n1", StatusList(nodes: [], revision: 5), StatusList(nodes: [], revision: 9))
        try fixture.service.on(
            "GET /api/v1/trace/n1", try trace(first, .booting), try trace(first + more, .deployed, finished: "11:52:10")
        )
        try fixture.service.on("GET /api/v1/status?range=n1&after=5&wait=30", StatusList(nodes: [], revision: 6))
        let outcome = await fixture.run("trace", "n1", "--follow")
        #expect(outcome.code == 0)
        expectGolden("trace-follow.txt", outcome.output)
    }

    @Test("a share that the message has already is not given twice")
    func progressOnce() async throws {
        let running = try event("11:51:40", .agent, "root-image", .progress, "40 % of 88 MB", 40)
        try fixture.service.on("GET /api/v1/trace/n1", try trace(try events().dropLast() + [running], .booting))
        let outcome = await fixture.run("trace", "n1")
        #expect(outcome.output.contains("40 % of 88 MB\n"))
    }

    @Test("what is no name of one node is refused before anybody is asked", arguments: ["n[1-2]", "", "n1,n2", "a/b"])
    func oneNode(text: String) async {
        let outcome = await fixture.run("trace", text)
        #expect(outcome.code == 64)
        #expect(outcome.errors.hasPrefix("muster: trace takes one node"))
        #expect(fixture.service.requests.isEmpty)
    }

    @Test("an unknown node is an error that names it")
    func unknown() async {
        fixture.service.on("GET /api/v1/trace/n9", fails: MusterError(.notFound, "there is no node 'n9'"))
        let outcome = await fixture.run("trace", "n9")
        #expect(outcome.code == 1)
        #expect(outcome.errors == "muster: there is no node 'n9'\n")
    }
}
