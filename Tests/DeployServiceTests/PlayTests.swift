import AnsibleRunner
import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Synchronization
import TestSupport
import Testing

@Suite("plays, run by the server")
struct PlayTests {
    /// Runs plays until the test says how they end.
    private final class HeldPlays: PlayRunner {
        private let state = Mutex<[String: CheckedContinuation<String, any Error>]>([:])
        let orders = Recorder<PlayOrder>()
        let ended = Recorder<String>()

        func run(_ order: PlayOrder, _ onEvent: @escaping @Sendable (String) -> Void) async throws -> String {
            orders.add(order)
            onEvent("a task: ok")
            defer { ended.add(order.node) }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    state.withLock { $0[order.node] = continuation }
                    if Task.isCancelled { end(order.node, .failure(CancellationError())) }
                }
            } onCancel: {
                end(order.node, .failure(CancellationError()))
            }
        }

        func isHeld(_ node: String) -> Bool { state.withLock { $0[node] != nil } }

        func end(_ node: String, _ result: Result<String, any Error>) {
            state.withLock { $0.removeValue(forKey: node) }?.resume(with: result)
        }
    }

    private let plays = HeldPlays()

    /// A site whose nodes are enrolled and whose service runs.
    private func withSite(
        limit: Int = 2, timeout: Duration = .seconds(3600), _ body: (DeskFixture) async throws -> Void
    ) async throws {
        let site = try await DeskFixture(count: 3, plays: .init(runner: plays, limit: limit, timeout: timeout))
        site.world.playbooks.withLock { $0 = ["onboot": ["/profile/ansible/onboot.d/a.yml"]] }
        for number in 1...3 {
            _ = try await site.deploy("n\(number)")
            _ = try await site.enrol(machine: UInt64(number), key: UInt32(number))
        }
        let running = Task { try await site.service.run() }
        do {
            try await body(site)
        } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        try await running.value
    }

    @discardableResult
    private func ask(
        _ site: DeskFixture, _ node: UInt32, run: String = "1", stage: String = "onboot"
    ) throws -> PlaysStatus {
        try site.service.node.plays(
            PlaysRequest(stage: stage, run: run), key: DeskFixture.key(node), address: "10.0.0.\(node)")
    }

    private func wait(
        _ site: DeskFixture, _ node: UInt32, run: String = "1", for state: PlaysStatus.State
    ) async throws -> PlaysStatus {
        try await waitForState(otherwise: "the plays of n\(node) are not \(state)") {
            let status = try ask(site, node, run: run)
            guard state != .running || plays.isHeld("n\(node)") else { return nil }
            return status.state == state ? status : nil
        }
    }

    private func trace(_ site: DeskFixture, _ node: String) async throws -> [String] {
        try await site.service.deployments.trace(of: node, deployment: nil).events.filter { $0.step == Step.onboot }
            .map(\.message)
    }

    @Test("a node's plays run, with what they may know of it, and end with the words of the recap")
    func wholeWay() async throws {
        try await withSite { site in
            #expect(try ask(site, 1, stage: "firstboot").state == .none)
            #expect(try ask(site, 1).state == .waiting)
            _ = try await wait(site, 1, for: .running)
            let order = try #require(plays.orders.all.first)
            #expect(order.node == "n1" && order.address == "10.0.0.1" && order.hostname == "n1")
            #expect(order.attributes == ["location.rack": "7"])
            #expect(order.playbooks == ["/profile/ansible/onboot.d/a.yml"])
            plays.end("n1", .success("a.yml: ok=3"))
            #expect(try await wait(site, 1, for: .done).message == "a.yml: ok=3")
            #expect(
                try await trace(site, "n1") == [
                    "plays: 1 onboot play: begins", "plays: a task: ok", "plays: a.yml: ok=3",
                ])
            // Asked again with the same words, nothing runs again.
            #expect(try ask(site, 1).state == .done)
            #expect(plays.orders.all.count == 1)
        }
    }

    @Test("some run at once; who waits is told so, and comes when a place is free")
    func queue() async throws {
        try await withSite(limit: 1) { site in
            try ask(site, 1)
            _ = try await wait(site, 1, for: .running)
            #expect(try ask(site, 2).message == "waits; 1 run now and 0 wait before it")
            #expect(try ask(site, 3).message == "waits; 1 run now and 1 wait before it")
            #expect(try await trace(site, "n3") == ["plays: 1 onboot play: waits; 1 run now and 1 wait before it"])
            plays.end("n1", .success(""))
            _ = try await wait(site, 2, for: .running)
            #expect(try ask(site, 3).state == .waiting)
            plays.end("n2", .failure(MusterError(.systemFailure, "the task failed")))
            #expect(try await wait(site, 2, for: .failed).message == "the task failed")
            _ = try await wait(site, 3, for: .running)
            #expect(plays.orders.all.map(\.node) == ["n1", "n2", "n3"])
            // What failed runs again when the node asks with another name.
            try ask(site, 2, run: "2")
            plays.end("n3", .success(""))
            _ = try await wait(site, 2, run: "2", for: .running)
        }
    }

    @Test("a node that was armed anew has its plays stopped")
    func armedAnew() async throws {
        try await withSite { site in
            try ask(site, 1)
            _ = try await wait(site, 1, for: .running)
            _ = try await site.deploy("n1", force: true)
            try await waitForState(otherwise: "the play goes on") { plays.ended.all.isEmpty ? nil : () }
            // The key is dead.
            #expect(caughtError { try ask(site, 1) }?.code == .unauthenticated)
        }
    }

    @Test("a machine that started again has its plays run anew, and never two at once")
    func again() async throws {
        try await withSite { site in
            try ask(site, 1)
            _ = try await wait(site, 1, for: .running)
            try ask(site, 1, run: "2")
            _ = try await wait(site, 1, run: "2", for: .running)
            #expect(plays.ended.all == ["n1"] && plays.orders.all.count == 2)
        }
    }

    @Test("plays that take too long are ended, and it is said which setting it was")
    func timeout() async throws {
        try await withSite(timeout: .zero) { site in
            try ask(site, 1)
            let status = try await wait(site, 1, for: .failed)
            #expect(status.message.contains("took longer than 0 s") && status.message.contains("plays_timeout"))
        }
    }

    @Test("when the service ends, what runs is stopped, and no node is told that it failed")
    func shutdown() async throws {
        try await withSite { site in
            try ask(site, 1)
            _ = try await wait(site, 1, for: .running)
        }
        #expect(plays.ended.all == ["n1"])
    }
}
