import BootPolicy
import DHCPService
import DHCPWire
import LinuxSystem
import MusterBase
import Testing

@Suite("DHCP service", .timeLimit(.minutes(1)))
struct ServiceTests {
    @Test("a node behind a relay comes to its address by four messages, and the lease and steps are told")
    func exchange() async throws {
        let bench = try await ServiceBench()
        try await bench.run { bench in
            let ports = await bench.started()
            let offer = try #require(try await bench.probe.ask(relayed(.discover), at: ports.server))
            #expect(try offer.options.messageType() == .offer)
            #expect(offer.yourAddress == nodeAddress)
            #expect(offer.bootFile == Array("boot/undionly.kpxe".utf8))
            let request = relayed(.request) {
                $0.options.setAddress(.requestedAddress, nodeAddress)
                $0.options.setAddress(.serverIdentifier, loopback)
            }
            let acknowledgement = try #require(try await bench.probe.ask(request, at: ports.server))
            #expect(try acknowledgement.options.messageType() == .acknowledge)
            #expect(bench.leases.lease(of: nodeAddress)?.mac == knownMAC)
            let steps = bench.directory.observations
            #expect(steps.map(\.node) == ["n1", "n1"])
            #expect(steps.map(\.relay) == [loopback, loopback])
            #expect(try bench.count("muster_dhcp_requests_total", []) == 2)
            #expect(try bench.count("muster_dhcp_replies_total", [("type", "ACK")]) == 1)
        }
    }

    @Test("port 4011 answers the socket that asked")
    func bootServer() async throws {
        let bench = try await ServiceBench()
        try await bench.run { bench in
            let ports = await bench.started()
            var request = relayed(.request) { $0.clientAddress = loopback }
            request.relayAddress = .any
            let answer = try #require(try await bench.probe.ask(request, at: ports.proxy))
            #expect(try answer.options.messageType() == .acknowledge)
            #expect(answer.yourAddress == .any)
            #expect(answer.bootFile == Array("boot/undionly.kpxe".utf8))
        }
    }

    @Test("what is dropped is counted by its reason, and the next good packet is answered")
    func dropped() async throws {
        let bench = try await ServiceBench()
        try await bench.run { bench in
            let ports = await bench.started()
            try await bench.probe.send([1, 2, 3], to: ports.server)
            try await bench.probe.send([], to: ports.server)
            try await bench.probe.send([UInt8](repeating: 1, count: 5000), to: ports.server)
            let stranger = relayed(.discover, mac: MACAddress(rawValue: 2))
            try await bench.probe.send(stranger.encoded(), to: ports.server)
            _ = try #require(try await bench.probe.ask(relayed(.discover), at: ports.server))
            #expect(try bench.count("muster_dhcp_dropped_total", [("reason", "malformed")]) == 3)
            #expect(try bench.count("muster_dhcp_dropped_total", [("reason", "unknown_machine")]) == 1)
            #expect(bench.directory.observations.first?.outcome == .unknownMachine)
        }
    }

    @Test("an interface that is missing or cannot be opened does not stop another")
    func independent() async throws {
        let bench = try await ServiceBench(
            [loopbackInterface(name: "broken0"), loopbackInterface()],
            settings: ["absent0": BootSettings(), "broken0": BootSettings(), "lo": BootSettings()])
        try await bench.run { bench in
            var changes: [ListenerChange] = []
            for _ in 0..<3 { if let change = await bench.nextChange() { changes.append(change) } }
            guard case .unavailable("absent0", _) = changes[0], case .unavailable("broken0", _) = changes[1],
                case .started("lo", let port, _) = changes[2]
            else {
                Issue.record("unexpected: \(changes)")
                return
            }
            _ = try #require(try await bench.probe.ask(relayed(.discover), at: port))
        }
    }

    @Test("an interface that loses its address is left, and served again when it has one")
    func comesBack() async throws {
        let bench = try await ServiceBench([loopbackInterface(addresses: [])])
        try await bench.run { bench in
            guard case .unavailable("lo", _) = await bench.nextChange() else {
                Issue.record("served without an address")
                return
            }
            bench.interfaces.set([loopbackInterface()])
            let first = await bench.started()
            _ = try #require(try await bench.probe.ask(relayed(.discover), at: first.server))
            bench.interfaces.set([loopbackInterface(isUp: false)])
            guard case .stopped("lo", _) = await bench.nextChange() else {
                Issue.record("not stopped")
                return
            }
            bench.interfaces.set([loopbackInterface()])
            let second = await bench.started()
            _ = try #require(try await bench.probe.ask(relayed(.discover), at: second.server))
        }
    }

    @Test("a new address of the interface is the one that answers name")
    func newAddress() async throws {
        let bench = try await ServiceBench()
        try await bench.run { bench in
            _ = await bench.started()
            let other = IPv4Address(127, 0, 0, 9)
            bench.interfaces.set([
                loopbackInterface(addresses: [IPv4Network(other, prefixLength: 8)].compactMap(\.self))
            ])
            guard case .stopped("lo", _) = await bench.nextChange() else {
                Issue.record("not stopped")
                return
            }
            let ports = await bench.started()
            let offer = try #require(try await bench.probe.ask(relayed(.discover), at: ports.server))
            #expect(try offer.options.address(.serverIdentifier) == other)
        }
    }

    @Test("the end of the service is told for each interface")
    func ends() async throws {
        let bench = try await ServiceBench()
        try await bench.run { bench in _ = await bench.started() }
        #expect(await bench.nextChange() == .stopped(interface: "lo", reason: "the service ends"))
    }

    @Test("64 requests in flight are all answered")
    func burst() async throws {
        let bench = try await ServiceBench()
        try await bench.run { bench in
            let ports = await bench.started()
            for number in UInt32(1)..<64 {
                var packet = relayed(.discover)
                packet.transaction = number
                try await bench.probe.send(packet.encoded(), to: ports.server)
            }
            var last = relayed(.discover)
            last.transaction = 64
            var seen = [try #require(try await bench.probe.ask(last, at: ports.server)).transaction]
            while seen.count < 64 { seen.append(try #require(try await bench.probe.next()).transaction) }
            #expect(seen.sorted() == Array(1...64))
        }
    }
}

@Suite("network interfaces")
struct NetworkInterfaceTests {
    @Test("loopback is listed with its address")
    func loopbackListed() throws {
        let lo = try #require(try NetworkInterface.all().first { $0.name == "lo" })
        #expect(lo.isLoopback)
        #expect(lo.mac == nil)
        #expect(lo.index > 0)
        if lo.isUp { #expect(lo.addresses.contains { $0.address == loopback }) }
    }

    @Test("the kernel's watch opens and closes without rights")
    func watch() async throws {
        let stop = try await InterfaceSource.system(on: .singletonMultiThreadedEventLoopGroup).watch {}
        await stop()
    }

    @Test("an address that nobody has is no neighbour")
    func neighbour() throws {
        #expect(try NeighbourTable.macAddress(of: IPv4Address(127, 9, 9, 9)) == nil)
    }
}
