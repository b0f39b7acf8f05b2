import CLinux
import DHCPWire
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import NIOPosix

/// The work of the agent in the deployed system.
struct RunningNode: Sendable {
    let state: AgentState
    /// Where the state lies.
    let directory: String
    private let pool: MemberPool
    let reporter: EventReporter
    private let heartbeats: Heartbeats
    private let readiness: SystemReadiness
    /// Of a system that runs from an image's root.
    private let tether: TetherWatch?
    /// On a disk with two roots.
    let trial: RootTrial?

    /// How long a system may take to come up before the deployment is called failed.
    private static let startLimit = Duration.seconds(300)
    /// The server has this long to take the last heartbeat: the system is going down.
    private static let goodbyeLimit = Duration.seconds(4)

    private var isOnDisk: Bool { directory == AgentState.diskDirectory }

    init(state: AgentState, directory: String, trust: SiteTrust, output: any LineOutput) throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let key = try state.agentKey()
        let endpoints = KernelArguments("muster.server=" + state.members.joined(separator: ",")).servers
        self.state = state
        self.directory = directory
        pool = MemberPool(try endpoints.map { try TLSMember($0, authority: trust.authority, group: group) })
        var events = state.events
        events.skip(try RunningNode.countStart(in: directory) * 10_000)
        reporter = EventReporter(console: output, queue: events)
        heartbeats = Heartbeats(pool: pool, key: key, image: state.image)
        let tools = SystemToolRunner()
        trial = state.slot.map { RootTrial(slot: $0, tools: tools) }
        tether = state.image.map { [pool, reporter] in
            TetherWatch(pool: pool, key: key, reporter: reporter, image: $0)
        }
        readiness = SystemReadiness(tools: tools, group: group, hasSSHServer: Files.exists("/usr/sbin/sshd"))
    }

    /// How often an agent was started with this state, before this time.
    private static func countStart(in directory: String) throws -> Int {
        try Files.createDirectory(AgentState.memoryDirectory, mode: 0o700)
        let path = directory + "/starts"
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
            group.addTask { await tether?.run() }
            if let setback = state.setback { group.addTask { await tell(setback) } }
            group.addTask {
                await finishDeployment()
                await tether?.tellOrder()
                // From here on it beats, and needs little.
                muster_trim_memory()
            }
            if isOnDisk {
                group.addTask { await HostCertificateRenewal(pool: pool, key: key, tools: SystemToolRunner()).run() }
            }
        }
    }

    /// Once a boot; a restarted agent does not run the scripts again.
    private func finishDeployment() async {
        let marker = "/run/muster-agent/deployed"
        guard !Files.exists(marker) else { return }
        do {
            try await waitUntilUp()
            let configuration = isOnDisk ? await newConfiguration() : nil
            try await sealDisk()
            // What a server said last; a system on a disk may have been told long ago.
            let work = configuration.map(\.work) ?? state.work
            try await runFirstboot(configuration, work)
            if work?.hasFiles == true, !isOnDisk || configuration != nil { try await syncFiles() }
            try await run(Step.onboot, configuration?.onbootScripts ?? state.onbootScripts)
            try await runPlays(Step.onboot, work)
            if state.setback == nil { try await becomeDeployed() }
            try Files.write("", to: marker, mode: 0o600)
        } catch is CancellationError {
            return
        } catch let failure as StageFailure {
            // What a server could not give now, it may give the next time.
            let isPassing = (failure.reason as? MusterError).map(MemberPool.isAboutTheMember) ?? false
            await fail(failure.stage, "\(failure.reason)", isFinal: !isPassing)
        } catch {
            await fail(Step.onboot, "\(error)", isFinal: false)
        }
    }

    private func becomeDeployed() async throws {
        try await becomeGood()
        let seconds = ConsoleNames.brief(SystemClock.sinceBoot)
        await reporter.record(
            Step.deployed, .done,
            "\(state.node) runs \(state.system) and answers; \(seconds) after its kernel started")
        try await saveEventCount()
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

    /// What the profile asks for by now: a system on a disk has been told of it when it was installed, long ago perhaps.
    /// Nil when no server says it within half a minute.
    private func newConfiguration() async -> NodeConfiguration? {
        guard let key = try? state.agentKey() else { return nil }
        for _ in 0..<6 {
            if let found = try? await pool.ask({ try await $0.configuration(key: key) }) {
                // After a return the server speaks of what was installed to the other root.
                return found.profile == state.profile ? found : nil
            }
            guard (try? await Task.sleep(for: .seconds(5))) != nil else { return nil }
        }
        return nil
    }

    /// Once in the life of an encrypted root, before anything of the machine's own is put on it.
    private func sealDisk() async throws {
        let marker = directory + "/disk-sealed"
        guard isOnDisk, let seal = state.seal, !Files.exists(marker) else { return }
        do {
            await reporter.record(Step.firstboot, .progress, try await seal.seal(with: SystemToolRunner()))
        } catch {
            throw StageFailure(stage: Step.firstboot, reason: error)
        }
        try AtomicFile.write("", to: marker, mode: 0o600)
    }

    private struct StageFailure: Error {
        let stage: String
        let reason: any Error
    }

    /// Once in the life of a system on a disk. What failed is run again at the next start.
    private func runFirstboot(_ configuration: NodeConfiguration?, _ work: StageWork?) async throws {
        let marker = directory + "/firstboot-done"
        guard isOnDisk, !Files.exists(marker) else { return }
        try await run(Step.firstboot, configuration?.install?.firstbootScripts ?? state.firstbootScripts)
        try await runPlays(Step.firstboot, work)
        try AtomicFile.write("", to: marker, mode: 0o600)
    }

    private func run(_ stage: String, _ scripts: [StageScript]) async throws {
        try await inStage(stage) {
            try await ScriptStage(
                name: stage, scripts: scripts,
                purpose: .init(node: state.node, profile: state.profile, image: state.image), pool: pool,
                reporter: reporter, runner: SystemToolRunner(), directory: directory + "/scripts", isLasting: isOnDisk
            ).run()
        }
    }

    /// Before the scripts of each start: they find the files of the profile.
    private func syncFiles() async throws {
        try await inStage(Step.onboot) {
            try await FileSync(
                name: Step.onboot, pool: pool, key: state.agentKey(), reporter: reporter, root: "/",
                isLasting: isOnDisk
            ).run()
        }
    }

    private func runPlays(_ stage: String, _ work: StageWork?) async throws {
        guard let work, work.playStages.contains(stage) else { return }
        try await inStage(stage) {
            try await PlayStage(name: stage, pool: pool, key: state.agentKey(), reporter: reporter).run()
        }
    }

    private func inStage(_ stage: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw StageFailure(stage: stage, reason: error)
        }
    }

    /// An agent that is started again goes on counting where this one was.
    private func saveEventCount() async throws {
        _ = await reporter.flush(within: .seconds(10))
        // The count of starts of a system on a disk lasts, and makes a gap by itself.
        guard !isOnDisk else { return }
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
