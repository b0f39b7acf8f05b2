import BootPolicy
import DHCPWire
import DeployService
import Logging
import MusterBase
import MusterDaemon
import ServiceLifecycle
import Store
import Synchronization
import Testing

private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
private let mac = MACAddress(rawValue: 0x5254_0000_0001)
private let address = IPv4Address(10, 5, 0, 11)

/// One node, behind a relay.
private struct Directory: BootDirectory {
    func facts(for identity: MachineIdentity) -> NodeBootFacts? {
        guard identity.mac == mac else { return nil }
        return NodeBootFacts(name: "n1", macAddresses: [mac], network: IPv4Network(address, prefixLength: 24))
    }
    func record(_ observation: BootObservation) {}
}

/// One process of musterd, as far as leases go.
private struct Process {
    let leaseStore: LeaseStore
    let leases: LeaseTable
    var responder: BootResponder

    init(_ store: any Store, at time: Timestamp) async throws {
        leaseStore = LeaseStore(store: store, logger: logger)
        leases = LeaseTable(journal: leaseStore)
        leases.restore(try await leaseStore.load(at: time))
        let network = try #require(IPv4Network("10.0.0.1/24"))
        responder = BootResponder(
            policy: BootPolicy(
                settings: BootSettings(), interface: try #require(BootInterface(name: "eth0", addresses: [network]))),
            directory: Directory(), leases: leases)
    }

    /// Who vouches for the machine at the node's address; behind a router the kernel knows nobody.
    func holder(at time: Timestamp) async -> MACAddress? {
        await LinkTable(leases: leases, clock: WallClock { time }) { _ in nil }.macAddress(address)
    }

    /// The machine's REQUEST: through the relay when it boots, by unicast when it renews.
    mutating func request(_ time: Timestamp, isRenewal: Bool = false) {
        var packet = DHCPPacket(.request, transaction: 1)
        packet.macAddress = mac
        packet.options.setMessageType(.request)
        if isRenewal {
            packet.clientAddress = address
        } else {
            packet.relayAddress = IPv4Address(10, 5, 0, 254)
            packet.options.setAddress(.requestedAddress, address)
        }
        _ = responder.respond(to: packet.encoded()[...], port: .server, at: time)
    }
}

private func lease(
    _ number: UInt32, _ kind: Lease.Kind = .fixed, at time: Timestamp = Timestamp(seconds: 1000)
) -> Lease {
    Lease(
        address: IPv4Address(rawValue: 0x0A00_0000 + number), mac: MACAddress(rawValue: UInt64(number)), kind: kind,
        interface: "eth0", acknowledgedAt: time, expiresAt: time + .seconds(3600), isRouted: kind == .fixed)
}

@Suite struct LeaseStoreTests {
    private let start = Timestamp(seconds: 1_700_000_000)

    @Test("a node behind a relay is vouched for after a restart, by the lease that it had")
    func restart() async throws {
        let store = MemoryStore()
        var process = try await Process(store, at: start)
        process.request(start)
        #expect(await process.holder(at: start) == mac)
        await process.leaseStore.writePending()
        let again = try await Process(store, at: start + .seconds(60))
        #expect(await again.holder(at: start + .seconds(60)) == mac)
        // Not for ever: a machine that is gone vouches for nobody.
        #expect(await again.holder(at: start + .seconds(2 * 3600)) == nil)
    }

    @Test("what a machine repeats while it boots writes nothing; its renewal is written, and holds after a restart")
    func renewal() async throws {
        let store = MemoryStore()
        var process = try await Process(store, at: start)
        process.request(start)
        await process.leaseStore.writePending()
        #expect(try await store.revision() == 1)
        for second in stride(from: Int64(1), to: 900, by: 100) { process.request(start + .seconds(second)) }
        await process.leaseStore.writePending()
        #expect(try await store.revision() == 1)
        process.request(start + .seconds(1800), isRenewal: true)
        await process.leaseStore.writePending()
        #expect(try await store.revision() == 2)
        let again = try await Process(store, at: start + .seconds(5000))
        #expect(await again.holder(at: start + .seconds(5000)) == mac)
        // The restarted process knows what is stored.
        var third = again
        third.request(start + .seconds(1801), isRenewal: true)
        await third.leaseStore.writePending()
        #expect(try await store.revision() == 2)
    }

    @Test("ten thousand leases are a few transactions, and all are written before the service ends")
    func storm() async throws {
        let store = MemoryStore()
        let leaseStore = LeaseStore(store: store, logger: logger)
        for number in UInt32(1)...10_000 { leaseStore.save(lease(number)) }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: leaseStore, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger))
        async let ended: Void = group.run()
        await group.triggerGracefulShutdown()
        try await ended
        #expect(try await store.all("leases/").entries.count == 10_000)
        #expect(try await store.revision() == 3)
    }

    @Test("a released lease is removed, and one that was never written costs no transaction")
    func removal() async throws {
        let store = MemoryStore()
        let leaseStore = LeaseStore(store: store, logger: logger)
        leaseStore.save(lease(1))
        leaseStore.remove(lease(1).address)
        leaseStore.remove(lease(2).address)
        await leaseStore.writePending()
        #expect(try await store.revision() == 0)
        leaseStore.save(lease(1))
        await leaseStore.writePending()
        leaseStore.remove(lease(1).address)
        await leaseStore.writePending()
        #expect(try await store.all("leases/").entries.isEmpty)
        #expect(try await store.revision() == 2)
    }

    @Test("leases that the store refused wait, and give way to newer ones")
    func refused() async throws {
        let store = FailingStore()
        let leaseStore = LeaseStore(store: store, logger: logger)
        leaseStore.save(lease(1))
        leaseStore.save(lease(2))
        #expect(await !leaseStore.writePending())
        leaseStore.remove(lease(2).address)
        store.isFailing.withLock { $0 = false }
        #expect(await leaseStore.writePending())
        #expect(try await store.content.all("leases/").entries.map(\.key) == ["leases/10.0.0.1"])
    }

    @Test("a node's own lease that is over is forgotten at the next start; one of a range is not")
    func over() async throws {
        let store = MemoryStore()
        let leaseStore = LeaseStore(store: store, logger: logger)
        leaseStore.save(lease(1))
        leaseStore.save(lease(2, .dynamic))
        await leaseStore.writePending()
        let again = LeaseStore(store: store, logger: logger)
        #expect(try await again.load(at: Timestamp(seconds: 100_000)).map(\.kind) == [.dynamic])
        await again.writePending()
        #expect(try await store.all("leases/").entries.map(\.key) == ["leases/10.0.0.2"])
    }

    @Test("leases of an older version are read")
    func olderVersion() async throws {
        let text = """
            {"acknowledged_at":"2026-01-01T00:00:00.000000Z","address":"10.0.0.9","expires_at":\
            "2026-01-01T01:00:00.000000Z","interface":"eth0","kind":"dynamic","mac":"52:54:00:00:00:09"}
            """
        let leaseStore = LeaseStore(store: MemoryStore(["leases/10.0.0.9": Array(text.utf8)]), logger: logger)
        let lease = try #require(try await leaseStore.load(at: start).first)
        #expect(lease.address == IPv4Address(10, 0, 0, 9) && lease.kind == .dynamic && !lease.isRouted)
    }
}

/// A store in memory that refuses to write for a while.
private final class FailingStore: Store {
    let content = MemoryStore()
    let isFailing = Mutex(true)

    func transact(_ transaction: Transaction) async throws(MusterError) -> TransactionResult {
        if isFailing.withLock({ $0 }) { throw MusterError(.exhausted, "the disk is full") }
        return try await content.transact(transaction)
    }
    func get(_ key: String) async throws(MusterError) -> StoreEntry? { try await content.get(key) }
    func range(_ prefix: String, startingAfter: String?, limit: Int) async throws(MusterError) -> StorePage {
        try await content.range(prefix, startingAfter: startingAfter, limit: limit)
    }
    func watch(_ prefix: String, after revision: StoreRevision) -> StoreWatch {
        content.watch(prefix, after: revision)
    }
    func revision() async throws(MusterError) -> StoreRevision { try await content.revision() }
    func close() async throws(MusterError) { try await content.close() }
}
