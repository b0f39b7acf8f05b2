import BootPolicy
import DHCPWire
import MusterBase
import Testing

@Suite("giving addresses")
struct AddressTests {
    @Test("a node gets its address and network by OFFER and ACK, and the lease is noted at ACK")
    func exchange() throws {
        var scene = Scene()
        let (offer, offerReply) = try #require(try scene.answer(to: message(.discover)))
        #expect(offer.transaction == 0xC0FF_EE00)
        #expect(try offer.options.messageType() == .offer)
        #expect(try offer.options.address(.serverIdentifier) == server)
        #expect(try offer.options.address(.subnetMask) == IPv4Address(255, 255, 255, 0))
        #expect(try offer.options.addresses(.router) == [IPv4Address(10, 0, 0, 254)])
        #expect(try offer.options.addresses(.domainNameServer) == [IPv4Address(10, 0, 0, 53)])
        #expect(try offer.options.text(.hostName) == "n1")
        #expect(try offer.options.text(.domainName) == "example.org")
        #expect(try offer.options.integer(.leaseTime, as: UInt32.self) == 3600)
        #expect(try offer.options.integer(.renewalTime, as: UInt32.self) == 1800)
        #expect(try offer.options.integer(.rebindingTime, as: UInt32.self) == 3150)
        #expect(offerReply.destination == .hardware(knownMAC, nodeAddress))
        #expect(scene.leases.count == 0)
        let acknowledgement = try #require(try scene.answer(to: request(nodeAddress))).packet
        #expect(try acknowledgement.options.messageType() == .acknowledge)
        #expect(acknowledgement.yourAddress == nodeAddress)
        #expect(scene.leases.macAddress(holding: nodeAddress, at: scene.time) == knownMAC)
        #expect(scene.leases.lease(of: nodeAddress)?.interface == "eth0")
        #expect(scene.leases.macAddress(holding: nodeAddress, at: scene.time + .seconds(3600)) == nil)
    }

    @Test("settings of the interface stand in for what a node has not")
    func defaults() throws {
        let facts = NodeBootFacts(name: "n1", macAddresses: [knownMAC], network: network("10.0.0.11/24"))
        var scene = Scene(
            [facts],
            settings: BootSettings(
                router: IPv4Address(10, 0, 0, 9), dnsServers: [IPv4Address(9, 9, 9, 9)], domain: "site", leaseSeconds: 1
            ))
        let packet = try #require(try scene.answer(to: message(.discover, .system))).packet
        #expect(try packet.options.addresses(.router) == [IPv4Address(10, 0, 0, 9)])
        #expect(try packet.options.addresses(.domainNameServer) == [IPv4Address(9, 9, 9, 9)])
        #expect(try packet.options.text(.domainName) == "site")
        #expect(try packet.options.integer(.leaseTime, as: UInt32.self) == 60)
    }

    @Test("a router outside the node's network is not sent")
    func foreignRouter() throws {
        var facts = node()
        facts.gateway = IPv4Address(10, 9, 9, 9)
        var scene = Scene([facts])
        #expect(try scene.answer(to: message(.discover))?.packet.options.contains(.router) == false)
    }

    @Test("answers go where RFC 2131 wants them")
    func destinations() throws {
        var scene = Scene()
        func destination(_ packet: DHCPPacket) throws -> BootReply.Destination? {
            try scene.answer(to: packet)?.reply.destination
        }
        #expect(try destination(message(.discover)) == .hardware(knownMAC, nodeAddress))
        #expect(try destination(message(.discover) { $0.flags = 0x8000 }) == .broadcast)
        let renewal = message(.request, .system) { $0.clientAddress = nodeAddress }
        #expect(try destination(renewal) == .client(nodeAddress))
        #expect(try destination(request(IPv4Address(10, 0, 0, 99))) == .broadcast)
    }

    @Test(
        "requests for another address are refused, and those to another server left alone",
        arguments: [
            (request(IPv4Address(10, 0, 0, 99)), DHCPMessageType.refuse),
            (request(IPv4Address(10, 0, 0, 99), from: nil), .refuse),
            (request(IPv4Address(192, 168, 1, 1), .system, from: nil), .refuse),
            (message(.request, .system) { $0.clientAddress = IPv4Address(10, 0, 0, 99) }, .refuse),
            (request(nodeAddress, from: nil), .acknowledge),
            (message(.request, .system) { $0.clientAddress = nodeAddress }, .acknowledge),
            (request(nodeAddress, from: IPv4Address(10, 0, 0, 2)), nil),
            (message(.request), nil),
        ] as [(DHCPPacket, DHCPMessageType?)])
    func requests(_ packet: DHCPPacket, _ expected: DHCPMessageType?) throws {
        var scene = Scene()
        let answer = try scene.answer(to: packet)?.packet
        #expect(try answer?.options.messageType() == expected)
        if expected == .refuse {
            #expect(answer?.yourAddress == .any)
            #expect(try answer?.options.address(.serverIdentifier) == server)
            #expect(answer?.options.contains(.leaseTime) == false)
        }
        #expect((scene.leases.count == 1) == (expected == .acknowledge))
    }

    @Test("INFORM gets configuration without an address or a lease")
    func inform() throws {
        var scene = Scene()
        let (packet, reply) = try #require(
            try scene.answer(to: message(.inform, .system) { $0.clientAddress = IPv4Address(10, 0, 0, 77) }))
        #expect(try packet.options.messageType() == .acknowledge)
        #expect(packet.yourAddress == .any)
        #expect(!packet.options.contains(.leaseTime))
        #expect(try packet.options.addresses(.domainNameServer) == [IPv4Address(10, 0, 0, 53)])
        #expect(reply.destination == .client(IPv4Address(10, 0, 0, 77)))
        #expect(scene.leases.count == 0)
    }

    @Test("RELEASE ends the lease of the machine that holds it, and no other's")
    func release() throws {
        var scene = Scene()
        _ = scene.give(request(nodeAddress))
        let release = message(.release, .system) { $0.clientAddress = nodeAddress }
        var stranger = release
        stranger.macAddress = otherMAC
        #expect(scene.give(stranger) == .silence(.noAnswerDue))
        #expect(scene.leases.count == 1)
        #expect(scene.give(release) == .silence(.noAnswerDue))
        #expect(scene.leases.count == 0)
    }

    @Test("DECLINE is told in plain words")
    func decline() throws {
        var scene = Scene()
        _ = scene.give(request(nodeAddress))
        let decline = message(.decline, .system) {
            $0.options.setAddress(.requestedAddress, nodeAddress)
            $0.options.setAddress(.serverIdentifier, server)
        }
        #expect(scene.give(decline) == .silence(.noAnswerDue))
        let told = try #require(scene.directory.observations.last)
        #expect(told.outcome == .declined(nodeAddress))
        #expect(told.node == "n1")
        #expect(told.message.contains("10.0.0.11"))
        #expect(scene.leases.count == 0)
    }

    @Test(
        "an unknown machine gets no answer and is told of",
        arguments: [
            message(.discover, mac: otherMAC), request(nodeAddress, mac: otherMAC),
            request(nodeAddress, from: nil, mac: otherMAC),
        ])
    func unknown(_ packet: DHCPPacket) throws {
        var scene = Scene()
        #expect(scene.give(packet) == .silence(.unknownMachine))
        #expect(scene.directory.outcomes == [.unknownMachine])
        #expect(scene.directory.observations.first?.identity.mac == otherMAC)
        #expect(scene.directory.observations.first?.architecture == .x86BIOS)
    }

    @Test("a node without an address is refused and told of")
    func withoutAddress() {
        var scene = Scene([node(address: nil)])
        #expect(scene.give(message(.discover)) == .silence(.noAddress))
        #expect(scene.directory.outcomes == [.refused(.noAddress)])
        #expect(scene.directory.observations.first?.message.contains("net.ipv4_address") == true)
    }

    @Test("a node that asks from another network is refused and told of")
    func wrongNetwork() {
        var scene = Scene([node(address: "10.5.0.11/24")])
        #expect(scene.give(message(.discover)) == .silence(.wrongNetwork))
        #expect(scene.directory.outcomes == [.refused(.wrongNetwork)])
    }

    @Test("with several addresses the one in the node's network answers")
    func severalAddresses() throws {
        var scene = Scene([node(address: "10.5.0.11/24")], addresses: ["10.0.0.1/24", "10.5.0.1/24"])
        let (packet, reply) = try #require(try scene.answer(to: message(.discover, .ipxe)))
        #expect(try packet.options.address(.serverIdentifier) == IPv4Address(10, 5, 0, 1))
        #expect(packet.nextServer == IPv4Address(10, 5, 0, 1))
        #expect(packet.bootFile.starts(with: "http://10.5.0.1/".utf8))
        #expect(reply.server == IPv4Address(10, 5, 0, 1))
    }

    @Test("client identifier and relay information come back as they were")
    func echo() throws {
        var scene = Scene()
        let packet = try #require(
            try scene.answer(to: message(.discover) { $0.options.set(.clientIdentifier, [1, 2, 3, 4, 5, 6, 7]) })
        ).packet
        #expect(packet.options[.clientIdentifier] == [1, 2, 3, 4, 5, 6, 7])
        #expect(!packet.options.contains(.relayAgentInformation))
    }

    @Test(
        "packets that are no client's request are dropped with their reason",
        arguments: [
            (message(.offer), SilenceReason.serverMessage),
            (message(.discover, mac: MACAddress(rawValue: 0x0100_5E00_0001)), .hardwareAddress),
            (message(.discover, mac: MACAddress(rawValue: 0)), .hardwareAddress),
            (message(.discover) { $0.hardwareType = 32 }, .hardwareAddress),
            (message(.discover) { $0.hops = 17 }, .tooManyHops),
            (message(.discover) { $0.operation = .reply }, .notARequest),
            (message(.discover) { $0.options[.messageType] = nil }, .bootp),
            (message(.discover) { $0.options.set(.messageType, [99]) }, .malformed),
            (message(.request) { $0.options.set(.requestedAddress, [1]) }, .malformed),
        ])
    func dropped(_ packet: DHCPPacket, _ reason: SilenceReason) {
        var scene = Scene()
        #expect(scene.give(packet) == .silence(reason))
    }

    @Test("a broken optional option does not cost the machine its answer")
    func brokenOption() throws {
        var scene = Scene()
        let packet = message(.discover, .system) {
            $0.options.set(.clientMachineIdentifier, [0, 1])
            $0.options.set(.clientArchitecture, [1])
            $0.options.set(.hostName, [0])
        }
        #expect(try scene.answer(to: packet) != nil)
    }
}
