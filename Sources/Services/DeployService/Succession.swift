import DeploymentModel
import Logging
import MusterBase
import ServiceLifecycle
import Synchronization

/// A machine that network-booted again after its key was granted.
struct Succession: Sendable {
    var node: String
    /// The deployment that it had. Machines repeat their packets: only the first begins a new one.
    var deployment: String
    /// What was seen of it.
    var event: TraceEvent
}

/// Brings the new deployments of machines that boot again to the store, all that wait in one transaction. Bounded; what
/// does not fit is dropped and told: the machine asks again.
final class SuccessionQueue: Service {
    private struct State {
        /// In the order in which the machines were seen.
        var waiting: [Succession] = []
        var reader: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())
    private let ledger: DeploymentLedger
    private let clock: WallClock
    private let logger: Logger
    private let logLimiter = LogLimiter()
    private let limit: Int
    /// Packets taken at a time.
    private let batchSize = 1024

    init(ledger: DeploymentLedger, clock: WallClock, logger: Logger, limit: Int = 20_000) {
        self.ledger = ledger
        self.clock = clock
        self.logger = logger
        self.limit = limit
    }

    /// Called at a packet: it does not wait.
    func push(_ succession: Succession) {
        let isFull = wake { state in
            guard state.waiting.count < limit, !state.isClosed else { return true }
            state.waiting.append(succession)
            return false
        }
        guard isFull, let admission = logLimiter.admit("full") else { return }
        logger.warning(
            "a machine that boots again was not taken in: too many at once",
            metadata: ["not_logged_before": "\(admission.notLogged)"])
    }

    /// Works until the service stops; what waits then is done before it returns.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                while let batch = await next() { await begin(batch) }
            } onCancel: {
                close()
            }
        } onGracefulShutdown: {
            self.close()
        }
    }

    /// What waits, as soon as there is something; nil when the queue is closed and empty.
    private func next() async -> [Succession]? {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.waiting.isEmpty || state.isClosed { return true }
                state.reader = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { state in
            let batch = Array(state.waiting.prefix(batchSize))
            state.waiting.removeFirst(batch.count)
            return batch.isEmpty ? nil : batch
        }
    }

    private func begin(_ batch: [Succession]) async {
        // What a machine repeated waits beside its first packet, and is no change of its own.
        var positions: [[String]: Int] = [:]
        var changes: [RecordChange] = []
        for succession in batch where positions[succession.key] == nil {
            positions[succession.key] = changes.count
            changes.append(change(succession))
        }
        let results = await ledger.updateEach(changes)
        for (change, result) in zip(changes, results) {
            guard case .failure(let error) = result else { continue }
            logger.error(
                "a machine that boots again could not be armed",
                metadata: ["node": "\(change.node)", "error": "\(error)"])
        }
        for succession in batch {
            guard let position = positions[succession.key], case .success(let record) = results[position] else {
                continue
            }
            ledger.index.record([succession.event], of: succession.node, deployment: record.deployment.id)
        }
    }

    private func change(_ succession: Succession) -> RecordChange {
        RecordChange(node: succession.node) { [clock] record in
            guard let record else { throw MusterError(.notFound, "the deployment was cleared") }
            guard record.deployment.id == succession.deployment else { return record }
            var random = SystemRandomNumberGenerator()
            return record.bootedAgain(id: newDeploymentID(&random), at: clock.now()) ?? record
        }
    }

    private func close() {
        wake { $0.isClosed = true }
    }

    @discardableResult
    private func wake<Result: Sendable>(after change: (inout State) -> Result) -> Result {
        let (result, reader) = state.withLock { state in
            let result = change(&state)
            guard !state.waiting.isEmpty || state.isClosed else {
                return (result, nil as CheckedContinuation<Void, Never>?)
            }
            defer { state.reader = nil }
            return (result, state.reader)
        }
        reader?.resume()
        return result
    }
}

extension Succession {
    fileprivate var key: [String] { [node, deployment] }
}
