import CertificateAuthority
import Glibc
import Images
import LinuxSystem
import MusterAPI
import MusterBase
import NodeRange
import Profiles
import Simulator

/// All that a simulation needs beside its machines: a site, an image, a profile, musterd in a network of its own, and
/// the nodes, armed.
struct SimulationSite {
    static let image = "simulated"

    let state: StateDirectory
    let plan: FleetPlan
    /// Nil for the one beside this program.
    let musterd: String?
    let context: CommandContext

    private static let settings = """
        # Settings of musterd in a simulation.
        networks:
          - interface: \(SimulationGround.serverLink)
            mode: own
        log_level: warning

        """

    /// Makes everything, plays, and takes everything away again.
    func play(threads: Int?) async throws -> SimulationReport {
        let work = LongWork(context)
        defer { work.finish() }
        // Each machine on its way has a connection, here and at the server, which inherits the limit.
        DescriptorLimit.raise()
        work.step("making a site", 0)
        try await makeSite()
        let ground = try SimulationGround(machines: plan.network)
        work.step("starting musterd", 0)
        let service = try await ServiceProcess.start(
            try executable(), ["--state-dir", state.path], log: log, in: ground.serverNamespace)
        let playing = Task { try await play(against: service, threads: threads, work) }
        // Machines whose server is gone would go on asking until their patience ends.
        Task {
            _ = await service.end()
            playing.cancel()
        }
        do {
            let report = try await withTaskCancellationHandler {
                try await playing.value
            } onCancel: {
                playing.cancel()
            }
            await service.stop()
            return report
        } catch {
            let status = service.exitStatus
            await service.stop()
            guard let status else { throw error }
            throw MusterError(
                .systemFailure, "musterd ended with status \(status)", advice: lastWords,
                cause: error is CancellationError ? nil : error)
        }
    }

    private func play(
        against service: ServiceProcess, threads: Int?, _ work: LongWork
    ) async throws -> SimulationReport {
        let client = try context.connect(ServerLocation(state))
        try await awaitReady(client, service)
        work.step("defining and arming \(counted(plan.nodes, "node"))", 0)
        try await arm(client)
        let before = try ProcessFigures.read(process: service.process)
        var run = SimulationRun(plan: plan, threads: threads, context: context)
        run.service = { [plan] in
            let after = try ProcessFigures.read(process: service.process)
            let states = try await client.status(plan.range).nodes.map(\.deployment?.state)
            let discovered = try await client.discoveries().machines.count
            return SimulationReport.Service(
                cpuSeconds: (after.processorTime - before.processorTime).inSeconds, peakMemory: after.peakMemory,
                deployed: states.count { $0 == .deployed }, discovered: discovered)
        }
        return try await run.play(against: [SimulationGround.server], work)
    }

    // MARK: -

    /// The nodes may be there from an earlier run in the same state directory.
    private func arm(_ client: any OperatorService) async throws {
        do {
            _ = try await client.define(.node, plan.range, plan.assignments)
        } catch let error as MusterError where error.code == .alreadyExists {
            // Shortened: the names of thousands are longer than a request's head may be.
            let known = try await client.nodes(nil).nodes.map(\.name).filter(plan.isNode)
            _ = try await client.remove(.node, NodeSet(known).description)
            _ = try await client.define(.node, plan.range, plan.assignments)
        }
        _ = try await client.deploy(
            DeployRequest(range: plan.range, profile: Self.image, prepare: false, force: true, dryRun: false))
    }

    private func makeSite() async throws {
        guard !state.isStandard else {
            throw MusterError(
                .invalidInput, "\(state) is for the system's service, not for a simulation",
                advice: "leave --state-dir away, or give another")
        }
        var setup = SiteSetup(state, tools: context.tools, clock: context.clock)
        let authority = try await setup.run(siteName: "simulation", settings: Self.settings) {
            try Companions.find(agent: nil, earlyInit: nil, programDirectory: context.programDirectory)
        }
        // What is not installed here is stood in for by files of its size.
        for (name, size) in Self.standIns where !Files.exists("\(state.publicDirectory)/\(name)") {
            let path = "\(state.publicDirectory)/\(name)"
            try Files.write("", to: path)
            guard truncate(path, off_t(size)) == 0 else { throw systemError("cannot make \(path)") }
        }
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        guard try !store.names().contains(Self.image) else { return }
        let image = try await PlaceholderVersion.publish(
            Self.image, stateDirectory: state.path, created: authority.createdAt, sign: authority.signImage)
        _ = try store.createFromImage(Self.image, image: image.description)
    }

    private static let startLimit = Duration.seconds(30)
    private static let standIns: [(String, Int64)] = [
        ("boot/undionly.kpxe", 74_213), ("boot/snponly-x86_64.efi", 173_792), ("boot/ipxe-x86_64.efi", 1_046_528),
        ("site/addons.cpio", 10_458_624),
    ]

    private func executable() throws -> String {
        let places =
            musterd.map { [$0] }
            ?? ["\(context.programDirectory)/musterd", "/usr/sbin/musterd", "/usr/bin/musterd"]
        if let place = places.first(where: Files.exists) { return place }
        throw MusterError(
            .notFound, "musterd is not at \(places.joined(separator: " nor at "))", advice: "say where: --musterd PATH")
    }

    private func awaitReady(_ client: any OperatorService, _ service: ServiceProcess) async throws {
        let deadline = ContinuousClock.now + Self.startLimit
        while true {
            do {
                _ = try await client.version()
                return
            } catch {
                guard service.exitStatus == nil else { throw error }
                guard ContinuousClock.now < deadline else {
                    throw MusterError(
                        .unavailable, "musterd does not answer \(Self.startLimit.components.seconds) s after its start",
                        advice: lastWords)
                }
                try await context.pause(.milliseconds(50))
            }
        }
    }

    private var log: String { "\(state.path)/musterd.log" }

    private var lastWords: String? {
        let lines = ((try? Files.readText(log)) ?? "").split(separator: "\n").suffix(5)
        return lines.isEmpty ? nil : lines.joined(separator: " | ")
    }
}
