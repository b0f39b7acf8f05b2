import DeployService
import DeploymentModel
import MusterAPI
import MusterBase
import Store
import Testing

@Suite struct EnrolmentTests {
    private func code(_ body: () async throws -> some Any) async -> MusterError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? MusterError)?.code
        }
    }

    @Test("an armed machine gets its key, and its configuration by it")
    func grant() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        let answer = try await site.enrol(machine: 1, key: 1)
        #expect(answer.node == "n1")
        let configuration = try await site.service.node.configuration(key: DeskFixture.key(1))
        #expect(configuration.node == "n1" && configuration.image?.reference.description == "debian-12@7")
        #expect(configuration.deployment == answer.deployment)
    }

    @Test("a key is not granted twice, not even to the same machine")
    func once() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        #expect(await code { try await site.enrol(machine: 1, key: 2) } == .conflict)
        #expect(await code { try await site.service.node.configuration(key: DeskFixture.key(2)) } == .unauthenticated)
        #expect(await code { try await site.service.node.configuration(key: DeskFixture.key(1)) } == nil)
    }

    @Test("a machine that lost the answer to its grant asks again with the same key, and gets it")
    func lostAnswer() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        let first = try await site.enrol(machine: 1, key: 1)
        #expect(try await site.enrol(machine: 1, key: 1).deployment == first.deployment)
        #expect(await code { try await site.enrol(machine: 1, key: 1, from: 2) } == .forbidden)
    }

    @Test("of many who ask at once, one is granted")
    func race() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        let granted = await withTaskGroup(of: Bool.self) { group in
            for key in UInt32(1)...20 {
                group.addTask { (try? await site.enrol(machine: 1, key: key)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(granted == 1)
    }

    @Test("no key without a deployment that is armed, nor for a machine that nobody defined")
    func notArmed() async throws {
        let site = try await DeskFixture()
        #expect(await code { try await site.enrol(machine: 1, key: 1) } == .conflict)
        #expect(await code { try await site.enrol(machine: 9, key: 1) } == .notFound)
        #expect(site.service.discoveries.all().map(\.mac) == [DeskFixture.mac(9)])
    }

    @Test("a neighbour who claims to be the machine is refused: the link is not its")
    func neighbour() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        // n2's link, n1's name.
        #expect(await code { try await site.enrol(machine: 1, key: 1, from: 2) } == .forbidden)
        // An address that nobody is known to hold.
        #expect(await code { try await site.enrol(machine: 1, key: 1, from: 99) } == .forbidden)
        // Its own address taken over by another card.
        site.setHolder(of: DeskFixture.address(1), to: DeskFixture.mac(77))
        #expect(await code { try await site.enrol(machine: 1, key: 1) } == .forbidden)
        // The machine itself still gets it.
        site.setHolder(of: DeskFixture.address(1), to: DeskFixture.mac(1))
        #expect(await code { try await site.enrol(machine: 1, key: 1) } == nil)
    }

    @Test("a node known by its UUID alone gets its key at its own address, and nobody else does")
    func uuidOnly() async throws {
        let site = try await DeskFixture(knownByUUIDOnly: true)
        _ = try await site.deploy("n1")
        #expect(await code { try await site.enrol(machine: 1, key: 1, from: 2) } == .forbidden)
        var request = try site.enrolRequest(machine: 1, key: 1)
        request.machine.macs = [DeskFixture.mac(2)]
        let thief = request
        #expect(await code { try await site.service.node.enrol(thief, from: DeskFixture.address(2)) } == .forbidden)
        #expect(await code { try await site.enrol(machine: 1, key: 1) } == nil)
    }

    @Test("a refusal is seen in the trace of the node")
    func refusalIsTraced() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try? await site.enrol(machine: 1, key: 1, from: 2)
        let trace = try await site.service.deployments.trace(of: "n1", deployment: nil)
        #expect(trace.events.contains { $0.step == Step.enrol && $0.message.contains("key refused") })
    }

    @Test("thousands of refusals are few events, which count them, and a restart remembers about how many")
    func refusalsAreCounted() async throws {
        let store = MemoryStore()
        let site = try await DeskFixture(store: store)
        _ = try await site.deploy("n1")
        for round in UInt32(0)..<6000 { _ = try? await site.enrol(machine: 1, key: 1, from: 1000 + round % 3) }
        let events = try await site.service.deployments.trace(of: "n1", deployment: nil).events
        let refusals = events.filter { $0.message.contains("key refused") }
        #expect(refusals.count == 3)
        #expect(refusals.allSatisfy { $0.message.contains("(2000 times, last at 2023-11-14T22:13:20") })
        let again = try await DeskFixture(store: store)
        let kept = try await again.service.deployments.trace(of: "n1", deployment: nil).events
        #expect(kept.contains { $0.message.contains("(1024 times") || $0.message.contains("(2000 times") })
        // What happens later is still seen.
        _ = try await site.enrol(machine: 1, key: 1)
        let later = try await site.service.deployments.trace(of: "n1", deployment: nil).events
        #expect(later.last?.message.contains("key granted") == true)
    }

    @Test("refusals from ever new addresses have a budget of their own")
    func refusalsAreBounded() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        for address in UInt32(1000)..<2000 { _ = try? await site.enrol(machine: 1, key: 1, from: address) }
        let events = try await site.service.deployments.trace(of: "n1", deployment: nil).events
        #expect(events.count < 40)
        let rest = try #require(events.first { $0.message.contains("further requests were refused") })
        #expect(rest.message.contains("(968 times"))
    }

    @Test("MAC address and UUID of two nodes in one machine are refused")
    func mixedIdentity() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1,n2")
        var request = try site.enrolRequest(machine: 1, key: 1)
        request.machine.uuid = DeskFixture.uuid(2)
        let mixed = request
        #expect(await code { try await site.service.node.enrol(mixed, from: DeskFixture.address(1)) } == .forbidden)
    }

    @Test("the grant is in the store before the machine hears of it")
    func durable() async throws {
        let store = MemoryStore()
        let site = try await DeskFixture(store: store)
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        // Another process on the same store, as after a kill.
        let again = try await DeskFixture(store: store)
        #expect(try await again.service.node.configuration(key: DeskFixture.key(1)).node == "n1")
        #expect(await code { try await again.enrol(machine: 1, key: 2) } == .conflict)
    }

    @Test("the digest of a key is kept, and not the key")
    func digestOnly() async throws {
        let store = MemoryStore()
        let site = try await DeskFixture(store: store)
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        let key = hexText(DeskFixture.key(1).reveal())
        for entry in try await store.all("").entries {
            #expect(!String(decoding: entry.value, as: UTF8.self).contains(key))
        }
    }

    @Test("arming again kills the old key for all but heartbeats, and the new grant for those too")
    func formerKey() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        try site.service.node.events(report(site, Step.deployed, .done), key: DeskFixture.key(1))
        _ = try await site.deploy("n1")
        let beat = Heartbeat(image: nil, bootIdentifier: "b", uptime: 1, memoryAvailable: 1, goingDown: false)
        #expect(await code { try await site.service.node.configuration(key: DeskFixture.key(1)) } == .unauthenticated)
        #expect(await code { try site.service.node.heartbeat(beat, key: DeskFixture.key(1)) } == nil)
        _ = try await site.enrol(machine: 1, key: 2)
        #expect(await code { try site.service.node.heartbeat(beat, key: DeskFixture.key(1)) } == .unauthenticated)
    }

    private func report(_ site: DeskFixture, _ step: String, _ status: TraceStatus) throws -> EventReport {
        let deployment = try site.service.deployments.status("n1").nodes.first?.deployment?.id ?? ""
        return EventReport(deployment: deployment, firstNumber: 0, events: [site.event(step, status)])
    }

    @Test("host certificates name the node and its addresses, never localhost")
    func certificates() async throws {
        let site = try await DeskFixture()
        _ = try await site.deploy("n1")
        _ = try await site.enrol(machine: 1, key: 1)
        let answer = try site.service.node.hostCertificates(
            HostCertificateRequest(publicKeys: ["ssh-ed25519 A"]), key: DeskFixture.key(1))
        #expect(answer.certificates == [#"ssh-ed25519 A cert of n1 for ["n1", "n1.example.org", "10.0.0.1"]"#])
        #expect(
            await code {
                try site.service.node.hostCertificates(
                    HostCertificateRequest(publicKeys: ["ssh-ed25519 A"]), key: DeskFixture.key(9))
            } == .unauthenticated)
    }
}
