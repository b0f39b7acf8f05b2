import DeploymentModel
import Logging
import MusterBase
import ServiceLifecycle

/// A machine that network-booted again after its key was granted.
struct Succession: Sendable {
    var node: String
    /// The deployment that it had. Machines repeat their packets: only the first begins a new one.
    var deployment: String
    /// What was seen of it.
    var event: TraceEvent
}

/// Brings the new deployments of machines that boot again to the store. Bounded; what does not fit is dropped and
/// counted: the machine asks again.
public struct SuccessionQueue: Service {
    private let stream: AsyncStream<Succession>
    private let continuation: AsyncStream<Succession>.Continuation
    private let ledger: DeploymentLedger
    private let clock: WallClock
    private let logger: Logger

    init(ledger: DeploymentLedger, clock: WallClock, logger: Logger, limit: Int = 20_000) {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(limit))
        self.ledger = ledger
        self.clock = clock
        self.logger = logger
    }

    func push(_ succession: Succession) {
        if case .dropped = continuation.yield(succession) {
            logger.warning("a machine that boots again was not taken in: too many at once")
        }
    }

    public func run() async throws {
        await withGracefulShutdownHandler {
            for await succession in stream { await begin(succession) }
        } onGracefulShutdown: {
            continuation.finish()
        }
    }

    private func begin(_ succession: Succession) async {
        var random = SystemRandomNumberGenerator()
        do {
            let record = try await ledger.update(succession.node) { record in
                guard let record else { throw MusterError(.notFound, "the deployment was cleared") }
                guard record.deployment.id == succession.deployment else { return record }
                return record.bootedAgain(id: newDeploymentID(&random), at: clock.now()) ?? record
            }
            ledger.index.record([succession.event], of: succession.node, deployment: record.deployment.id)
        } catch {
            logger.error(
                "a machine that boots again could not be armed",
                metadata: ["node": "\(succession.node)", "error": "\(error)"])
        }
    }
}
