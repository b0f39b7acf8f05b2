import Glibc
import LinuxSystem
import MusterBase
import Simulator

/// Plays a fleet and says how far it has come.
struct SimulationRun {
    let plan: FleetPlan
    let threads: Int?
    let context: CommandContext
    /// What the service says of itself at the end; nil for members that are somebody else's.
    var service: @Sendable () async throws -> SimulationReport.Service? = { nil }

    init(plan: FleetPlan, threads: Int?, context: CommandContext) {
        self.plan = plan
        self.threads = threads
        self.context = context
    }

    /// Plays against members that run.
    func play(against members: [IPv4Address]) async throws -> SimulationReport {
        let sockets = try RouteSocket()
        try sockets.addLocal(plan.network)
        defer { try? sockets.removeLocal(plan.network) }
        let work = LongWork(context)
        defer { work.finish() }
        return try await play(against: members, work)
    }

    func play(against members: [IPv4Address], _ work: LongWork) async throws -> SimulationReport {
        guard let first = members.first else { throw MusterError(.invalidInput, "no member is named") }
        let fleet = Fleet(
            plan: plan, members: members, authority: try await SiteKeys.authority(of: first),
            threads: threads ?? Fleet.usualThreads)
        let before = try ProcessFigures.read(process: getpid())
        let total = plan.machines
        let isTerminal = context.terminal.errorIsTerminal
        if !isTerminal { work.step("playing \(counted(total, "machine"))", 0) }
        let result = try await fleet.run(clock: context.clock) { progress, time in
            guard isTerminal else { return }
            let over = progress.deployed + progress.otherwiseOver
            work.step(
                "\(progress.deployed) of \(total) deployed, \(progress.inFlight) on their way"
                    + (progress.failed > 0 ? ", \(progress.failed) failed" : ""),
                Double(over) / Double(max(1, total)))
        }
        let used = try ProcessFigures.read(process: getpid()).processorTime - before.processorTime
        return SimulationReport(result, simulatorTime: used, service: try await service())
    }
}
