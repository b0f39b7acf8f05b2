import LinuxSystem
import MusterBase
import NIOCore
import NIOPosix
import NIOSSL

/// Plays a fleet against members.
public struct Fleet: Sendable {
    public let plan: FleetPlan
    /// The members' addresses; their ports are the usual ones.
    public let members: [IPv4Address]
    /// PEM text of the site's authority.
    public let authority: String
    /// Event loops, each with its part of the machines.
    public let threads: Int

    public init(plan: FleetPlan, members: [IPv4Address], authority: String, threads: Int = Fleet.usualThreads) {
        self.plan = plan
        self.members = members
        self.authority = authority
        self.threads = max(1, min(threads, Self.mostThreads, plan.machines))
    }

    /// Each has a relay's address.
    public static let mostThreads = FleetPlan.relays - 1

    /// Half of this machine's processors: the server has the others.
    public static var usualThreads: Int { max(1, System.coreCount / 2) }

    /// Plays all machines to their end.
    ///
    /// - Parameter report: called some times a second with how far it has come.
    /// - Throws: `CancellationError`; ``MusterError`` when the sockets cannot be opened.
    public func run(
        clock: WallClock = .system, report: @escaping @Sendable (FleetProgress, Duration) -> Void
    ) async throws -> FleetResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        do {
            let result = try await play(on: group, clock: clock, report: report)
            try await group.shutdownGracefully()
            return result
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private func play(
        on group: MultiThreadedEventLoopGroup, clock: WallClock,
        report: @escaping @Sendable (FleetProgress, Duration) -> Void
    ) async throws -> FleetResult {
        let order = plan.order
        let tls = try makeContext()
        let cells = (0..<threads).map { _ in ProgressCell() }
        let began = ContinuousClock.now
        let watch = Task { await Self.watch(cells, since: began, report: report) }
        defer { watch.cancel() }
        var tally = FleetTally()
        try await withThrowingTaskGroup(of: FleetTally.self) { tasks in
            for (position, eventLoop) in group.makeIterator().enumerated() {
                let part = FleetLoop.Part(
                    plan: plan, position: position, parts: threads,
                    order: stride(from: position, to: order.count, by: threads).map { order[$0] }, members: members,
                    tls: tls, began: began)
                tasks.addTask {
                    try await FleetLoop.run(part, clock: clock, on: eventLoop, cell: cells[position])
                }
            }
            for try await part in tasks { tally.add(part) }
        }
        let took = ContinuousClock.now - began
        watch.cancel()
        var samples = await watch.value
        samples.append(.init(time: took, progress: Self.sum(cells)))
        return FleetResult(plan: plan, tally: tally, took: took, samples: samples)
    }

    private static func sum(_ cells: [ProgressCell]) -> FleetProgress {
        var all = FleetProgress()
        for cell in cells { all.add(cell.progress) }
        return all
    }

    /// Looks four times a second until cancelled, and gives all that it saw.
    private static func watch(
        _ cells: [ProgressCell], since began: ContinuousClock.Instant,
        report: @Sendable (FleetProgress, Duration) -> Void
    ) async -> [FleetResult.Sample] {
        var samples: [FleetResult.Sample] = []
        while !Task.isCancelled {
            let time = ContinuousClock.now - began
            let progress = sum(cells)
            samples.append(.init(time: time, progress: progress))
            report(progress, time)
            guard (try? await Task.sleep(for: .milliseconds(250))) != nil else { break }
        }
        return samples
    }

    /// As the agent's own, see HTTPClient.
    private func makeContext() throws -> NIOSSLContext {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
            configuration.applicationProtocols = ["http/1.1"]
            configuration.shutdownTimeout = .milliseconds(200)
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw MusterError(.invalidInput, "cannot read the certificate of the site's authority", cause: error)
        }
    }
}

/// What came of a fleet.
public struct FleetResult: Sendable {
    /// How far it had come at a time.
    package struct Sample: Sendable, Hashable {
        var time: Duration
        var progress: FleetProgress
    }

    public let plan: FleetPlan
    let tally: FleetTally
    let took: Duration
    let samples: [Sample]

    package init(plan: FleetPlan, tally: FleetTally, took: Duration, samples: [Sample]) {
        self.plan = plan
        self.tally = tally
        self.took = took
        self.samples = samples
    }
}
