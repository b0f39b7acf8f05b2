import BootPolicy
import DHCPWire
import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Store
import Testing

@Suite struct DeploymentTests {
    private func deployment(_ site: DeskFixture, _ node: String = "n1") throws -> Deployment {
        try #require(try site.service.deployments.status(node).nodes.first?.deployment)
    }

    private func report(
        _ site: DeskFixture, first: Int = 0, _ events: [TraceEvent], deployment: String? = nil
    ) throws {
        let id = try deployment ?? self.deployment(site).id
        try site.service.node.events(
            EventReport(deployment: id, firstNumber: first, events: events), key: DeskFixture.key(1))
    }

    @Test("a dry run says what would be done and does nothing")
    func dryRun() async throws {
        let site = try await DeskFixture()
        let answer = try await site.service.deployments.deploy(
            DeployRequest(range: "n1,n2", profile: "debian-12", prepare: false, force: false, dryRun: true), by: "root")
        #expect(answer.nodes == ["n1", "n2"] && answer.image == "debian-12@7")
        #expect(try site.state(of: "n1") == nil)
    }

    @Test("a machine in the middle of a deployment is left alone, unless it is forced")
    func underWay() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        let answer = try await site.deploy("n1,n2")
        #expect(answer.nodes == ["n2"] && answer.refused.map(\.node) == ["n1"])
        #expect(try await site.deploy("n1", force: true).nodes == ["n1"])
    }

    @Test("the name of a state stands for the nodes whose deployment is in it, at each look anew")
    func states() async throws {
        let site = try await DeskFixture()
        let desk = site.service.deployments
        _ = try await site.deploy("n1,n2")
        #expect(try desk.status("armed").nodes.map(\.node).sorted() == ["n1", "n2"])
        _ = try await site.enrol(machine: 1, key: 1)
        #expect(try desk.status("armed").nodes.map(\.node) == ["n2"])
        #expect(try desk.status("booting").nodes.map(\.node) == ["n1"])
        #expect(desk.nodes(inState: "sleeping") == nil)
        _ = try await desk.clear("n2")
        #expect(try desk.status("armed").nodes.isEmpty)
    }

    @Test("the trace of what is no node says so, that of a node without a deployment as well")
    func noTrace() async throws {
        let site = try await DeskFixture()
        let unknown = await #expect(throws: MusterError.self) {
            _ = try await site.service.deployments.trace(of: "armed", deployment: nil)
        }
        #expect(unknown?.message == "there is no node 'armed'")
        let idle = await #expect(throws: MusterError.self) {
            _ = try await site.service.deployments.trace(of: "n3", deployment: nil)
        }
        #expect(idle?.message == "node 'n3' has no deployment")
    }

    @Test("a profile that is not there arms nobody")
    func unknownProfile() async throws {
        let site = try await DeskFixture()
        await #expect(throws: MusterError.self) {
            try await site.service.deployments.deploy(
                DeployRequest(range: "n1", profile: "nix", prepare: false, force: false, dryRun: false), by: "root")
        }
        #expect(try site.state(of: "n1") == nil)
    }

    @Test("events lead a deployment to its end, and are found in its trace")
    func events() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        try report(site, [site.event(Step.rootImage, .done, "root image"), site.event(Step.deployed, .done, "ready")])
        #expect(try site.state(of: "n1") == .deployed)
        let trace = try await site.service.deployments.trace(of: "n1", deployment: nil)
        #expect(trace.events.map(\.step) == [Step.armed, Step.enrol, Step.rootImage, Step.deployed])
    }

    @Test("a report that is sent twice counts once")
    func sentTwice() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        let first = [site.event("a", .done), site.event("b", .done)]
        try report(site, first)
        try report(site, first)
        try report(site, first: 1, [site.event("b", .done), site.event("c", .done)])
        let trace = try await site.service.deployments.trace(of: "n1", deployment: nil)
        #expect(trace.events.map(\.step) == [Step.armed, Step.enrol, "a", "b", "c"])
    }

    @Test("what a machine sends cannot write on an operator's terminal")
    func sanitized() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        try report(site, [site.event("a", .done, "\u{1b}[2Jgone\nand more\u{202e}")])
        let trace = try await site.service.deployments.trace(of: "n1", deployment: nil)
        #expect(trace.events.last?.message == " [2Jgone and more ")
    }

    @Test("a report with a number beyond all bounds is refused, and harms nobody", arguments: [Int.max, -1, 1 << 41])
    func hostileNumber(first: Int) async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        #expect(throws: MusterError.self) { try report(site, first: first, [site.event("a", .done)]) }
    }

    @Test("a trace is bounded, and the state goes on beyond it")
    func boundedTrace() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        for round in 0..<6 {
            try report(site, first: round * 1000, (0..<1000).map { _ in site.event("a", .progress) })
        }
        try report(site, first: 6000, [site.event(Step.deployed, .done)])
        let events = try await site.service.deployments.trace(of: "n1", deployment: nil).events
        #expect(events.count == 5000)
        // It says once that something is missing.
        #expect(events.filter { $0.message.contains("later events are missing") }.count == 1)
        #expect(events.last?.step == Step.trace)
        #expect(try site.state(of: "n1") == .deployed)
    }

    @Test("a long poll is told of a deployment that was cleared")
    func clearedInAPoll() async throws {
        let site = try await DeskFixture()
        let revision = try await site.deploy("n1").revision
        let before = try await site.service.deployments.status("n1", after: revision, wait: .zero).revision
        _ = try await site.service.deployments.clear("n1")
        let answer = try await site.service.deployments.status("n1", after: before, wait: .seconds(60))
        #expect(answer.nodes.map(\.node) == ["n1"] && answer.nodes.first?.deployment == nil)
    }

    @Test("events for a deployment that was given up are refused")
    func staleDeployment() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        #expect(throws: MusterError.self) { try report(site, [site.event("a", .done)], deployment: "other") }
    }

    @Test("what was written behind is there after a restart, and the trace with it")
    func restart() async throws {
        let store = MemoryStore()
        let site = try await DeskFixture(store: store)
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        try report(site, [site.event(Step.rootImage, .progress, "40 %")])
        _ = try await site.service.deployments.trace(of: "n1", deployment: nil)
        let again = try await DeskFixture(store: store)
        #expect(try again.state(of: "n1") == .booting)
        let trace = try await again.service.deployments.trace(of: "n1", deployment: nil)
        #expect(trace.events.map(\.step) == [Step.armed, Step.enrol, Step.rootImage])
        // The agent goes on where it was, against the new process.
        try report(again, first: 1, [again.event(Step.deployed, .done)])
        #expect(try again.state(of: "n1") == .deployed)
    }

    @Test("an earlier deployment keeps its trace, and the sixth before it is gone")
    func history() async throws {
        let site = try await DeskFixture()
        var identifiers: [String] = []
        for _ in 0..<7 {
            _ = try await site.deploy("n1")
            identifiers.append(try deployment(site).id)
            _ = try await site.service.deployments.trace(of: "n1", deployment: nil)
        }
        let trace = try await site.service.deployments.trace(of: "n1", deployment: nil)
        #expect(trace.earlier == identifiers.dropFirst().dropLast().reversed())
        let earlier = try await site.service.deployments.trace(of: "n1", deployment: identifiers[1])
        #expect(earlier.events.map(\.step) == [Step.armed])
        await #expect(throws: MusterError.self) {
            try await site.service.deployments.trace(of: "n1", deployment: identifiers[0])
        }
        let kept = try await site.store.all("traces/n1/").entries.map(\.key)
        #expect(!kept.contains { $0.contains(identifiers[0]) })
    }

    @Test("clearing takes the deployment and its key away")
    func clear() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1,n2")
        _ = try await site.enrol(machine: 1, key: 1)
        #expect(try await site.service.deployments.clear("n1").nodes == ["n1"])
        #expect(try site.state(of: "n1") == nil)
        await #expect(throws: MusterError.self) { try await site.service.node.configuration(key: DeskFixture.key(1)) }
        #expect(try await site.store.all("traces/n1/").entries.isEmpty)
        #expect(try site.state(of: "n2") == .armed)
    }

    @Test("a machine that was armed anew by mistake keeps the deployment that it runs, with its trace and its key")
    func takenBack() async throws {
        let store = MemoryStore()
        let site = try await DeskFixture(store: store)
        _ = try await site.deploy("n1")
        let first = try await site.enrol(machine: 1, key: 1).deployment
        try site.service.node.events(
            EventReport(deployment: first, firstNumber: 0, events: [site.event(Step.deployed, .done)]),
            key: DeskFixture.key(1))
        let before = try await site.service.deployments.trace(of: "n1", deployment: nil)
        _ = try await site.deploy("n1", profile: "disk", force: true)
        #expect(try site.state(of: "n1") == .armed)
        #expect(try await site.service.deployments.clear("n1").nodes == ["n1"])
        #expect(try site.state(of: "n1") == .deployed)
        let after = try await site.service.deployments.trace(of: "n1", deployment: nil)
        #expect(after.deployment.id == first && after.events == before.events && after.earlier.isEmpty)
        _ = try site.service.node.heartbeat(
            Heartbeat(
                image: ImageReference("debian-12@7"), bootIdentifier: "b", uptime: 1, memoryAvailable: 1,
                goingDown: false), key: DeskFixture.key(1))
        #expect(try site.service.deployments.status("n1").nodes.first?.running?.description == "debian-12@7")
        // A service that is started again knows it, and the second time nothing is left to go back to.
        let restarted = try await DeskFixture(store: store)
        #expect(try restarted.state(of: "n1") == .deployed)
        _ = try await restarted.service.deployments.clear("n1")
        #expect(try restarted.state(of: "n1") == nil)
    }

    @Test("a long poll returns what changed, and nothing else")
    func longPoll() async throws {
        let site = try await DeskFixture()
        let start = try await site.deploy("n1,n2,n3").revision
        let armed = try await site.service.deployments.status(nil, after: start, wait: .seconds(60))
        #expect(Set(armed.nodes.map(\.node)) == ["n1", "n2", "n3"])
        async let waiting = site.service.deployments.status(nil, after: armed.revision, wait: .seconds(60))
        _ = try await site.enrol(machine: 1, key: 1)
        #expect(try await waiting.nodes.map(\.node) == ["n1"])
    }

    @Test("a long poll in which nothing happens comes back empty")
    func quietPoll() async throws {
        let site = try await DeskFixture()
        let revision = try site.service.deployments.status(nil).revision
        let answer = try await site.service.deployments.status(nil, after: revision, wait: .zero)
        #expect(answer.nodes.isEmpty)
    }

    @Test("a running node is alive while its heartbeats come, and not after")
    func heartbeats() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        let image = ImageReference("debian-12@7")
        _ = try site.service.node.heartbeat(
            Heartbeat(image: image, bootIdentifier: "b", uptime: 1, memoryAvailable: 1, goingDown: false),
            key: DeskFixture.key(1))
        let status = try site.service.deployments.status("n1").nodes.first
        #expect(status?.alive == true && status?.running == image)
        site.pass(.seconds(200))
        #expect(try site.service.deployments.status("n1").nodes.first?.alive == false)
    }
}
