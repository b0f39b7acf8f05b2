import BootPolicy
import Logging
import Metrics
import MusterAPI
import MusterBase
import ServiceLifecycle
import Store

/// Keeps the leases of dynamic ranges in the store, under `leases/<address>`; written behind.
///
/// Bounded: what does not fit is dropped and costs a machine one more exchange after a restart.
struct LeaseStore: LeaseJournal, Service {
    private enum Entry: Sendable {
        case save(Lease)
        case remove(IPv4Address)
    }

    private static let prefix = "leases/"
    private let store: any Store
    private let logger: Logger
    private let dropped: Counter
    private let stream: AsyncStream<Entry>
    private let continuation: AsyncStream<Entry>.Continuation

    init(
        store: any Store, metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger, limit: Int = 100_000
    ) {
        self.store = store
        self.logger = logger
        dropped = Counter(label: "muster_lease_writes_dropped_total", factory: metrics)
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(limit))
    }

    func load() async throws -> [Lease] {
        try await store.all(Self.prefix).entries.map { entry in
            try MusterJSON.decode(Lease.self, from: entry.value, of: "lease \(entry.key)")
        }
    }

    func save(_ lease: Lease) { put(.save(lease)) }
    func remove(_ address: IPv4Address) { put(.remove(address)) }

    private func put(_ entry: Entry) {
        guard case .dropped = continuation.yield(entry) else { return }
        dropped.increment()
        logger.warning("a lease was not stored: too many at once")
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            for await entry in stream { await write(entry) }
        } onGracefulShutdown: {
            continuation.finish()
        }
    }

    private func write(_ entry: Entry) async {
        do {
            switch entry {
            case .save(let lease):
                try await store.put("\(Self.prefix)\(lease.address)", try MusterJSON.encode(lease))
            case .remove(let address):
                try await store.commit(Transaction(changes: [.delete("\(Self.prefix)\(address)")]))
            }
        } catch {
            logger.error("a lease could not be stored", metadata: ["error": "\(error)"])
        }
    }
}
