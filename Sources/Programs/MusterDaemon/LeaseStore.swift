import BootPolicy
import Logging
import Metrics
import MusterAPI
import MusterBase
import ServiceLifecycle
import Store
import Synchronization

/// Keeps leases in the store, under `leases/<address>`; written behind, all that wait in one transaction.
///
/// An expiry is stored a quarter of the lease later than it is, so that what a machine repeats while it boots changes
/// nothing in the store: one write lasts until its renewal. After a restart no lease ends too early for it, and none
/// more than that quarter too late.
///
/// Bounded: what does not fit is dropped and costs a machine one more exchange after a restart.
package final class LeaseStore: LeaseJournal, Service {
    private struct State {
        /// What the store holds, or is being given.
        var stored: [IPv4Address: Lease] = [:]
        /// What waits to be written, the last state of each address; nil to remove it.
        var pending: [IPv4Address: Lease?] = [:]
        var writer: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private static let prefix = "leases/"
    private static func key(_ address: IPv4Address) -> String { "\(prefix)\(address)" }
    /// Leases in one transaction.
    private static let batchSize = 4096
    /// From one transaction to the next: leases come in storms, and each transaction costs a flush of the disk.
    private static let gathering = Duration.milliseconds(100)
    private static let pauseAfterFailure = Duration.seconds(1)

    private let state = Mutex(State())
    private let store: any Store
    private let logger: Logger
    private let logLimiter = LogLimiter()
    private let limit: Int
    private let clock: any Clock<Duration>
    private let dropped: Counter

    /// - Parameters:
    ///   - limit: the most leases that may wait.
    ///   - clock: what ``run()`` waits by between transactions.
    package init(
        store: any Store, metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger, limit: Int = 100_000,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.store = store
        self.logger = logger
        self.limit = limit
        dropped = Counter(label: "muster_lease_writes_dropped_total", factory: metrics)
        self.clock = clock
    }

    /// What was kept. Leases of a range are, also when they are over, for their machines get the same address again;
    /// a node's own address needs none that is over, and it is removed.
    package func load(at time: Timestamp) async throws -> [Lease] {
        let leases = try await store.all(Self.prefix).entries.map { entry in
            try MusterJSON.decode(Lease.self, from: entry.value, of: "lease \(entry.key)")
        }
        return state.withLock { state in
            leases.filter { lease in
                state.stored[lease.address] = lease
                guard lease.kind == .fixed, lease.expiresAt <= time else { return true }
                state.pending[lease.address] = .some(nil)
                return false
            }
        }
    }

    package func save(_ lease: Lease) {
        let isFull = wake { state in
            if let known = state.pending[lease.address] ?? state.stored[lease.address], known.covers(lease) {
                return false
            }
            guard state.pending.count < limit || state.pending[lease.address] != nil else { return true }
            state.pending[lease.address] = lease.withLaterExpiry()
            return false
        }
        guard isFull else { return }
        dropped.increment()
        guard let admission = logLimiter.admit("full") else { return }
        logger.warning(
            "a lease was not stored: too many at once", metadata: ["not_logged_before": "\(admission.notLogged)"])
    }

    package func remove(_ address: IPv4Address) {
        wake { state in
            if state.stored[address] == nil {
                state.pending[address] = nil
            } else {
                state.pending[address] = .some(nil)
            }
        }
    }

    /// Writes behind until the service stops; what waits then is written before it returns.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                var lastAttempts = 5
                while await waitForWork() {
                    let isWritten = await writePending()
                    if !isWritten, isClosed { lastAttempts -= 1 }
                    // A store that is full must not keep the service from ending.
                    guard lastAttempts > 0 else { break }
                    guard !isWritten || !isClosed else { continue }
                    try? await clock.sleep(for: isWritten ? Self.gathering : Self.pauseAfterFailure)
                }
            } onCancel: {
                close()
            }
        } onGracefulShutdown: {
            self.close()
        }
    }

    /// Brings what waits to the store, as much as fits into one transaction.
    ///
    /// - Returns: false when the store failed; the leases wait again then.
    @discardableResult
    package func writePending() async -> Bool {
        let batch = takePending()
        guard !batch.isEmpty else { return true }
        do {
            let changes = try batch.map { address, lease in
                try lease.map { Change.put(Self.key(address), try MusterJSON.encode($0)) }
                    ?? Change.delete(Self.key(address))
            }
            try await store.commit(Transaction(changes: changes))
            return true
        } catch {
            logger.error("leases could not be stored; they are tried again", metadata: ["error": "\(error)"])
            state.withLock { state in
                for (address, lease) in batch where state.pending[address] == nil { state.pending[address] = lease }
            }
            return false
        }
    }

    private func takePending() -> [(address: IPv4Address, lease: Lease?)] {
        state.withLock { state in
            let batch = state.pending.prefix(Self.batchSize).map { (address: $0.key, lease: $0.value) }
            for (address, lease) in batch {
                state.pending.removeValue(forKey: address)
                state.stored[address] = lease
            }
            return batch
        }
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func close() {
        wake { $0.isClosed = true }
    }

    /// Returns false when the service ends and nothing waits.
    private func waitForWork() async -> Bool {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.pending.isEmpty || state.isClosed { return true }
                state.writer = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { !$0.isClosed || !$0.pending.isEmpty }
    }

    @discardableResult
    private func wake<Result: Sendable>(after change: (inout State) -> Result) -> Result {
        let (result, writer) = state.withLock { state in
            let result = change(&state)
            guard !state.pending.isEmpty || state.isClosed else {
                return (result, nil as CheckedContinuation<Void, Never>?)
            }
            defer { state.writer = nil }
            return (result, state.writer)
        }
        writer?.resume()
        return result
    }
}

extension Lease {
    /// Whether what this says of the address holds for the other lease, to its end.
    fileprivate func covers(_ other: Lease) -> Bool {
        mac == other.mac && kind == other.kind && interface == other.interface && isRouted == other.isRouted
            && expiresAt >= other.expiresAt
    }

    /// The lease as it is stored. An address that somebody declined is not kept from others for longer than it must be.
    fileprivate func withLaterExpiry() -> Lease {
        guard kind != .unusable else { return self }
        var lease = self
        lease.expiresAt = expiresAt + (expiresAt - acknowledgedAt) / 4
        return lease
    }
}
