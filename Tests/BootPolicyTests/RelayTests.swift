import BootPolicy
import DHCPWire
import MusterBase
import Testing

private let relay = IPv4Address(10, 5, 0, 254)

@Suite("behind a relay")
struct RelayTests {
    private func relayed(_ packet: DHCPPacket, link: [UInt8] = []) -> DHCPPacket {
        var packet = packet
        packet.hops = 1
        packet.relayAddress = relay
        packet.options.set(.relayAgentInformation, [1, 2, 0, 7] + link)
        return packet
    }

    @Test("the answer goes to the relay, with its option 82 last and as it was")
    func answer() throws {
        var scene = Scene([node(address: "10.5.0.11/24")])
        let (packet, reply) = try #require(try scene.answer(to: relayed(message(.discover))))
        #expect(reply.destination == .relay(relay))
        #expect(packet.relayAddress == relay)
        #expect(packet.yourAddress == IPv4Address(10, 5, 0, 11))
        #expect(packet.options[.relayAgentInformation] == [1, 2, 0, 7])
        #expect(packet.options.codes.last == .relayAgentInformation)
        #expect(try packet.options.address(.serverIdentifier) == server)
        #expect(scene.directory.observations.first?.relay == relay)
    }

    @Test("a node whose address is not in the relay's network is refused")
    func wrongNetwork() {
        var scene = Scene()
        #expect(scene.give(relayed(message(.discover))) == .silence(.wrongNetwork))
        #expect(scene.directory.observations.first?.message.contains("through relay 10.5.0.254") == true)
    }

    @Test("the link that a relay selects counts in place of its address")
    func linkSelection() throws {
        var scene = Scene([node(address: "10.6.0.11/24")])
        let (packet, reply) = try #require(
            try scene.answer(to: relayed(message(.discover), link: [5, 4, 10, 6, 0, 0])))
        #expect(packet.yourAddress == IPv4Address(10, 6, 0, 11))
        #expect(reply.destination == .relay(relay))
    }

    @Test("a refusal goes to the relay with the broadcast flag")
    func refusal() throws {
        var scene = Scene([node(address: "10.5.0.11/24")])
        let (packet, reply) = try #require(try scene.answer(to: relayed(request(IPv4Address(10, 5, 0, 99)))))
        #expect(try packet.options.messageType() == .refuse)
        #expect(packet.wantsBroadcast)
        #expect(reply.destination == .relay(relay))
    }

    @Test("the dynamic range is not for machines behind relays")
    func dynamicRange() throws {
        let range = try DynamicRange(first: IPv4Address(10, 0, 0, 100), last: IPv4Address(10, 0, 0, 110))
        var scene = Scene([], settings: BootSettings(dynamicRange: range))
        #expect(scene.give(relayed(message(.discover))) == .silence(.unknownMachine))
    }

    @Test("a node's lease is kept over a restart, for nothing else tells which machine is behind the router")
    func journal() throws {
        let journal = FakeJournal()
        let address = IPv4Address(10, 5, 0, 11)
        var scene = Scene([node(address: "10.5.0.11/24")], leases: LeaseTable(journal: journal))
        _ = scene.give(relayed(message(.discover)))
        #expect(journal.saved.withLock { $0.isEmpty })
        _ = scene.give(relayed(request(address)))
        let first = try #require(journal.saved.withLock { $0[address] })
        #expect(first.mac == knownMAC && first.isRouted)
        // A renewal comes by unicast, past the relay.
        scene.time = scene.time + .seconds(1800)
        _ = scene.give(message(.request, .system) { $0.clientAddress = address })
        let renewed = try #require(journal.saved.withLock { $0[address] })
        #expect(renewed.isRouted && renewed.expiresAt == first.expiresAt + .seconds(1800))
        _ = scene.give(message(.release) { $0.clientAddress = address })
        #expect(journal.saved.withLock { $0.isEmpty })
    }

    @Test("a node that moved to the served link leaves no lease of the old place behind")
    func moved() {
        let journal = FakeJournal()
        let leases = LeaseTable(journal: journal)
        func lease(isRouted: Bool) -> Lease {
            Lease(
                address: nodeAddress, mac: knownMAC, kind: .fixed, interface: "eth0",
                acknowledgedAt: Timestamp(seconds: 0), expiresAt: Timestamp(seconds: 60), isRouted: isRouted)
        }
        leases.bind(lease(isRouted: true))
        #expect(journal.saved.withLock { $0.count } == 1)
        leases.bind(lease(isRouted: false))
        #expect(journal.saved.withLock { $0.isEmpty })
    }
}
