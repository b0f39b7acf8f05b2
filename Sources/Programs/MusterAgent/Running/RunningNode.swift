import DHCPWire
import DeploymentModel
import LinuxSystem
import MusterBase
import NIOPosix

/// The work of the agent in the deployed system.
struct RunningNode: Sendable {
    private let state: AgentState
    private let pool: MemberPool
    private let reporter: EventReporter
    private let heartbeats: Heartbeats
    private let stage: OnbootStage
    private let readiness: SystemReadiness
    private let tether: TetherWatch

    /// How long a system may take to come up before the deployment is called failed.
    private static let startLimit = Duration.seconds(300)
    /// The server has this long to take the last heartbeat: the system is going down.
    private static let goodbyeLimit = Duration.seconds(4)

    init(state: AgentState, trust: SiteTrust, output: any LineOutput) throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let key = try state.agentKey()
        let endpoints = KernelArguments("muster.server=" + state.members.joined(separator: ",")).servers
        self.state = state
        pool = MemberPool(try endpoints.map { try TLSMember($0, authority: trust.authority, group: group) })
        var events = state.events
        events.skip(try RunningNode.countStart() * 10_000)
        reporter = EventReporter(console: output, queue: events)
        heartbeats = Heartbeats(pool: pool, key: key, image: state.image)
        let tools = SystemToolRunner()
        stage = OnbootStage(pool: pool, reporter: reporter, tools: tools, state: state)
        tether = TetherWatch(pool: pool, key: key, reporter: reporter, image: state.image)
        readiness = SystemReadiness(tools: tools, group: group, hasSSHServer: Files.exists("/usr/sbin/sshd"))
    }

    /// How often an agent was started since this system booted, before this time.
    private static func countStart() throws -> Int {
        let path = "/run/muster-agent/starts"
        let earlier = Files.exists(path) ? Int(try Files.readText(path, limit: 32)) ?? 0 : 0
        try AtomicFile.write("\(earlier + 1)", to: path, mode: 0o600)
        return earlier
    }

    /// Runs until cancelled.
    func work() async {
        guard let key = try? state.agentKey() else { return }
        await reporter.attach(MemberSender(pool: pool, key: key), deployment: state.deployment)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await reporter.pump() }
            group.addTask { await heartbeats.run(every: state.heartbeatInterval) }
            group.addTask { await tether.run() }
            group.addTask {
                await finishDeployment()
                await tether.tellOrder()
            }
        }
    }

    /// Once a boot; a restarted agent does not run the scripts again.
    private func finishDeployment() async {
        let marker = "/run/muster-agent/deployed"
        guard !Files.exists(marker) else { return }
        do {
            try await waitUntilUp()
            try await runScripts()
            let seconds = ConsoleNames.brief(SystemClock.sinceBoot)
            await reporter.record(
                Step.deployed, .done,
                "\(state.node) runs \(state.image) and answers; \(seconds) after its kernel started")
            try await saveEventCount()
            try Files.write("", to: marker, mode: 0o600)
        } catch is CancellationError {
            return
        } catch {
            await reporter.record(Step.onboot, .failed, "\(error)")
        }
    }

    private func waitUntilUp() async throws {
        let end = ContinuousClock.now + RunningNode.startLimit
        var isTold = false
        while let missing = await readiness.missing() {
            guard ContinuousClock.now < end else {
                let failed = await readiness.failedUnits()
                let units = failed.isEmpty ? "" : "; failed units: \(failed.joined(separator: ", "))"
                throw MusterError(
                    .timeout, "the system did not come up within 5 minutes: \(missing)\(units)",
                    advice: "`journalctl -b` on the node")
            }
            if !isTold { await reporter.record(Step.onboot, .started, "waiting for the system to come up: \(missing)") }
            isTold = true
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    private func runScripts() async throws {
        guard !state.onbootScripts.isEmpty else { return }
        let count = state.onbootScripts.count
        await reporter.record(Step.onboot, .started, "running \(count) onboot script\(count == 1 ? "" : "s")")
        try await stage.run()
        await reporter.record(Step.onboot, .done, "\(count) onboot script\(count == 1 ? "" : "s") done")
    }

    /// An agent that is started again goes on counting where this one was.
    private func saveEventCount() async throws {
        _ = await reporter.flush(within: .seconds(10))
        var saved = state
        saved.events = await reporter.unsent
        try saved.save()
    }

    /// Tells the server that this is no crash.
    func sayGoodbye() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await heartbeats.beat(goingDown: true) }
            group.addTask { try? await Task.sleep(for: RunningNode.goodbyeLimit) }
            await group.next()
            group.cancelAll()
        }
    }
}
