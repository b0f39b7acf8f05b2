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
        try checkNetwork(members, sockets)
        do {
            try sockets.addLocal(plan.network)
        } catch let error as MusterError where error.code == .forbidden {
            throw MusterError(
                .forbidden, "this user may not take the addresses of \(plan.network) as this computer's own",
                advice: "run it as root, or with CAP_NET_ADMIN and CAP_NET_BIND_SERVICE")
        }
        defer { try? sockets.removeLocal(plan.network) }
        let work = LongWork(context)
        defer { work.finish() }
        return try await play(against: members, work)
    }

    /// This computer will take all of the network's addresses as its own: nothing else may have one.
    private func checkNetwork(_ members: [IPv4Address], _ sockets: RouteSocket) throws {
        func refuse(_ what: String) -> MusterError {
            MusterError(
                .invalidInput, "\(what) is in the machines' network \(plan.network.first)/\(plan.network.prefixLength)",
                advice: "choose a network that nothing else uses, and that is routed to this computer: --network")
        }
        if let member = members.first(where: plan.network.contains) { throw refuse("the member \(member)") }
        for link in try sockets.links() {
            if let own = try sockets.addresses(of: link.index).first(where: { plan.network.contains($0.address) }) {
                throw refuse("this computer's address \(own.address)")
            }
        }
        if let route = try RouteTable.destinations().first(where: plan.network.contains) {
            throw refuse("the route to \(route)")
        }
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
