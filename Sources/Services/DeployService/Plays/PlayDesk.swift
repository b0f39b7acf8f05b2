import AnsibleRunner
import DeploymentModel
import Logging
import MusterAPI
import MusterBase
import Synchronization

/// Runs plays against nodes that ask for it, some at a time, and tells of them in the nodes' traces.
///
/// Nothing of it outlives the process: a node whose server is gone asks again, and its plays run again.
final class PlayDesk: Sendable {
    private let runner: any PlayRunner
    private let index: DeploymentIndex
    private let timeout: Duration
    private let clock: WallClock
    private let logger: Logger
    private let queue: Mutex<PlayQueue>
    private let tasks = Mutex<[PlayQueue.Run: Task<String, any Error>]>([:])
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    /// The most events of one run; a play of thousands of tasks would push all else out of a trace.
    private static let mostEvents = 500

    init(
        _ runner: any PlayRunner, index: DeploymentIndex, limit: Int, timeout: Duration, clock: WallClock,
        logger: Logger
    ) {
        self.runner = runner
        self.index = index
        self.timeout = timeout
        self.clock = clock
        self.logger = logger
        queue = Mutex(PlayQueue(limit: limit))
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes in that a node wants its plays run, once for each name of a run, and says how far they are.
    ///
    /// - Parameter order: what to run; nil for nothing. Asked for a new run only.
    func ask(
        _ request: PlaysRequest, of node: String, deployment: String, order: () throws -> PlayOrder?
    ) throws -> PlaysStatus {
        let run = PlayQueue.Run(node: node, stage: request.stage, name: "\(deployment) \(request.run)")
        if let status = queue.withLock({ $0.status(of: run) }) { return status }
        guard let order = try order() else { return PlaysStatus(state: .none, message: "the profile has none") }
        let (status, earlier) = queue.withLock { queue in
            let earlier = queue.add(run, order)
            return (queue.status(of: run), earlier)
        }
        if let earlier { tasks.withLock { $0[earlier] }?.cancel() }
        let number = "\(order.playbooks.count) \(order.stage) play\(order.playbooks.count == 1 ? "" : "s")"
        tell(order, .started, "\(number): \(status?.message ?? "")")
        wake.yield()
        return status ?? PlaysStatus(state: .waiting, message: "waits")
    }

    /// Runs what waits until cancelled, which stops what runs.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in wakes {
                while let (run, order) = queue.withLock({ $0.next() }) {
                    group.addTask { await self.perform(run, order) }
                }
            }
            group.cancelAll()
        }
    }

    var runningCount: Int { queue.withLock { $0.runningCount } }

    // MARK: -

    private func perform(_ run: PlayQueue.Run, _ order: PlayOrder) async {
        let task = Task { try await bounded(order) }
        tasks.withLock { $0[run] = task }
        // The node may have asked for another run just before there was anything to stop.
        if queue.withLock({ !$0.isNewest(run) }) { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        tasks.withLock { $0[run] = nil }
        // The service goes down. The node is told nothing, asks whoever comes next, and has its plays run again.
        guard !Task.isCancelled else { return }
        switch result {
        case .success(let recap):
            tell(order, .progress, recap)
            queue.withLock { $0.finish(run, PlaysStatus(state: .done, message: recap)) }
        case .failure(let error):
            logger.warning(
                "plays failed",
                metadata: [
                    "node": "\(order.node)", "stage": "\(order.stage)", "error": "\(plain("\(error)", limit: 500))",
                ])
            queue.withLock { $0.finish(run, PlaysStatus(state: .failed, message: plain("\(error)", limit: 1500))) }
        }
        wake.yield()
    }

    /// Until they are done, take too long, or the node was armed anew.
    private func bounded(_ order: PlayOrder) async throws -> String {
        let runner = runner
        let tell = boundedTeller(order)
        return try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { try await runner.run(order, tell) }
            group.addTask { [timeout] in
                try await Task.sleep(for: timeout)
                throw MusterError(
                    .timeout, "the \(order.stage) plays took longer than \(timeout.components.seconds) s",
                    advice: "plays_timeout in muster.yaml says how long they may")
            }
            group.addTask { [self] in
                await waitUntilSuperseded(order)
                throw MusterError(.cancelled, "\(order.node) was armed anew")
            }
            defer { group.cancelAll() }
            guard let recap = try await group.next() else {
                throw MusterError(.internalFailure, "nothing came of the plays")
            }
            return recap
        }
    }

    /// Tells of the tasks of one run, up to a number.
    private func boundedTeller(_ order: PlayOrder) -> @Sendable (String) -> Void {
        let told = Counter()
        return { [self] event in
            let number = told.next()
            if number < PlayDesk.mostEvents { tell(order, .progress, event) }
            if number == PlayDesk.mostEvents { tell(order, .progress, "further tasks are not shown") }
        }
    }

    private func waitUntilSuperseded(_ order: PlayOrder) async {
        let watched = WatchedNodes([order.node])
        while !Task.isCancelled {
            let revision = index.revision
            guard index.deployment(of: order.node)?.id == order.deployment, !index.isClosed else { return }
            await index.wait(for: watched, after: revision)
        }
    }

    private func tell(_ order: PlayOrder, _ status: TraceStatus, _ message: String) {
        let event = TraceEvent(
            time: clock.now(), source: .server, step: order.stage, status: status,
            message: "plays: \(plain(message, limit: 1000))")
        index.record([event], of: order.node, deployment: order.deployment)
    }
}

private final class Counter: Sendable {
    private let count = Mutex(0)

    /// From 1.
    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
