import BootPolicy
import DHCPWire
import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Store
import Testing

@Suite struct GroupCommitTests {
    private func names(_ count: Int) -> String { (1...count).map { "n\($0)" }.joined(separator: ",") }

    /// Who of some machines gets its key when all ask while the store is busy with the first.
    private func enrolTogether(_ site: DeskFixture, _ store: WatchedStore, _ count: Int) async throws -> Set<Int> {
        store.hold()
        return await withTaskGroup(of: Int?.self) { group in
            for number in 1...count {
                group.addTask {
                    (try? await site.enrol(machine: UInt64(number), key: UInt32(number))) == nil ? nil : number
                }
            }
            // The first is at the store, alone or with others, and the rest waits.
            while await store.heldConditions + site.service.waitingChanges < count { await Task.yield() }
            store.letGo()
            return await group.reduce(into: []) { granted, number in if let number { granted.insert(number) } }
        }
    }

    @Test("grants that wait at the same time share a transaction")
    func grants() async throws {
        let store = WatchedStore()
        let site = try await DeskFixture(store: store, count: 200)
        _ = try await site.deploy(names(200))
        let before = store.transactions.count
        #expect(try await enrolTogether(site, store, 200) == Set(1...200))
        // The one that came first, and the rest.
        #expect(store.transactions.count - before <= 2)
        for number in UInt32(1)...200 {
            #expect(try await site.service.node.configuration(key: DeskFixture.key(number)).node == "n\(number)")
        }
    }

    @Test("a record that cannot be stored fails alone")
    func refusedByStore() async throws {
        let content = MemoryStore()
        let armed = try await DeskFixture(store: content, count: 10)
        _ = try await armed.deploy(names(10))
        let store = WatchedStore(over: content, refusing: "deployments/n5")
        let site = try await DeskFixture(store: store, count: 10)
        #expect(try await enrolTogether(site, store, 10) == Set(1...10).subtracting([5]))
        #expect(try site.service.deployments.status("n5").nodes.first?.deployment?.keyGrantOpen == true)
    }

    @Test("a change by another member is met without harm to those that share the transaction")
    func conflict() async throws {
        let store = WatchedStore()
        let site = try await DeskFixture(store: store, count: 10)
        _ = try await site.deploy(names(10))
        // n3 as it was, n4 granted to somebody: by another process on the same store.
        let other = try await DeskFixture(store: store.content, count: 10)
        _ = try await other.enrol(machine: 4, key: 99)
        let entry = try #require(try await store.get("deployments/n3"))
        try await store.content.put(entry.key, entry.value)
        #expect(try await enrolTogether(site, store, 10) == Set(1...10).subtracting([4]))
        #expect(try await site.service.node.configuration(key: DeskFixture.key(99)).node == "n4")
    }

    @Test("what changes nothing is no transaction")
    func nothing() async throws {
        let store = WatchedStore()
        let site = try await DeskFixture(store: store)
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        let before = store.transactions.count
        _ = try await site.enrol(machine: 1, key: 1)
        #expect(store.transactions.count == before)
    }

    @Test("events that come together are one transaction, and one machine's long messages stop nobody's")
    func events() async throws {
        let store = WatchedStore()
        let site = try await DeskFixture(store: store, count: 300)
        _ = try await site.deploy(names(300))
        _ = try await site.enrol(machine: 1, key: 1)
        let deployment = try #require(try site.service.deployments.status("n1").nodes.first?.deployment?.id)
        let long = (0..<700).map { _ in site.event("a", .progress, String(repeating: "x", count: 2000)) }
        try site.service.node.events(
            EventReport(deployment: deployment, firstNumber: 0, events: long), key: DeskFixture.key(1))
        let before = store.transactions.count
        let running = Task { try await site.service.run() }
        running.cancel()
        try await running.value
        #expect(store.transactions.count - before == 1)
        let again = try await DeskFixture(store: store, count: 300)
        #expect(try await again.service.deployments.trace(of: "n1", deployment: nil).events.count == 702)
        #expect(try await again.service.deployments.trace(of: "n300", deployment: nil).events.count == 1)
    }

    @Test("a trace has the last events, also when many other nodes wait to be written")
    func traceOfOne() async throws {
        let store = WatchedStore()
        let site = try await DeskFixture(store: store, count: 2000)
        _ = try await site.deploy(names(2000))
        let before = store.transactions.count
        #expect(try await site.service.deployments.trace(of: "n2000", deployment: nil).events.count == 1)
        #expect(store.transactions.dropFirst(before).map(\.conditions.count) == [1])
    }

    @Test("machines that boot again at the same time share a transaction, and their repeated packets are none")
    func bootedAgain() async throws {
        let store = WatchedStore()
        let site = try await DeskFixture(store: store, count: 200)
        _ = try await site.deploy(names(200))
        for number in 1...200 { _ = try await site.enrol(machine: UInt64(number), key: UInt32(number)) }
        var responder = try responder(site)
        for _ in 0..<3 { for number in 1...200 { discover(number, &responder) } }
        let before = store.transactions.count
        let running = Task { try await site.service.run() }
        running.cancel()
        try await running.value
        let successions = store.transactions.dropFirst(before).map { transaction in
            transaction.changes.count(where: { $0.puts(under: "earlier/") })
        }
        #expect(successions.filter { $0 > 0 } == [200])
        // All that was seen of them is in the new traces.
        let again = try await DeskFixture(store: store, count: 200)
        for number in [1, 200] {
            let trace = try await again.service.deployments.trace(of: "n\(number)", deployment: nil)
            #expect(trace.deployment.keyGrantOpen)
            #expect(trace.events.map(\.step) == [Step.firmware, Step.firmware, Step.firmware])
        }
    }

    private func responder(_ site: DeskFixture) throws -> BootResponder {
        let network = try #require(IPv4Network("10.0.255.254/16"))
        let interface = try #require(BootInterface(name: "eth0", addresses: [network]))
        return BootResponder(
            policy: BootPolicy(settings: BootSettings(), interface: interface), directory: site.service.boot,
            leases: LeaseTable())
    }

    private func discover(_ number: Int, _ responder: inout BootResponder) {
        var packet = DHCPPacket(.request, transaction: 1)
        packet.macAddress = DeskFixture.mac(UInt64(number))
        packet.options.setMessageType(.discover)
        packet.options.setText(.vendorClass, "PXEClient:Arch:00000:UNDI:002001")
        packet.options.setClientArchitecture(.x86BIOS)
        _ = responder.respond(to: packet.encoded()[...], port: .server, at: Timestamp(seconds: 1_700_000_000))
    }
}
