import DHCPWire
import MusterBase
import TestSupport
import Testing

private let mac = MACAddress(rawValue: 0x5254_0000_0001)
private let server = IPv4Address(10, 0, 0, 1)
private let foreign = IPv4Address(10, 0, 0, 2)
private let given = IPv4Address(10, 0, 0, 50)
private let members = MusterVendorOptions(nodeAPI: [.init(address: server, port: 443)])

/// A client with its time and random numbers, and the server's side of the exchange.
private struct Bench {
    var machine = DHCPClientMachine(DHCPClientConfiguration(mac: mac))
    var random = SeededGenerator(seed: 7)
    var now = Duration.zero
    var last: DHCPPacket?

    mutating func give(_ input: DHCPClientMachine.Input, after: Duration = .zero) -> [DHCPClientMachine.Action] {
        now += after
        let actions = machine.handle(input, at: now, using: &random)
        for case .send(let message) in actions { last = try? DHCPPacket(decoding: message.octets) }
        return actions
    }

    /// An answer to the last message that was sent.
    func answer(
        _ type: DHCPMessageType, from server: IPv4Address, address: IPv4Address = given,
        members: MusterVendorOptions? = nil, lease: UInt32 = 3600
    ) -> DHCPClientMachine.Input {
        var packet = DHCPPacket(.reply, transaction: last?.transaction ?? 0)
        packet.macAddress = mac
        packet.yourAddress = address
        packet.options.setMessageType(type)
        packet.options.setAddress(.serverIdentifier, server)
        packet.options.setAddress(.subnetMask, IPv4Address(255, 255, 255, 0))
        packet.options.setInteger(.leaseTime, lease)
        if let members { packet.options.setMusterVendorOptions(members) }
        return .datagram(packet.encoded())
    }

    /// Comes to the state `bound` by Muster's own server.
    mutating func bind() -> [DHCPClientMachine.Action] {
        _ = give(.start)
        _ = give(answer(.offer, from: server, members: members))
        return give(answer(.acknowledge, from: server, members: members))
    }
}

private func messages(_ actions: [DHCPClientMachine.Action]) -> [DHCPClientMessage] {
    actions.compactMap { if case .send(let message) = $0 { message } else { nil } }
}

private func wake(_ actions: [DHCPClientMachine.Action]) -> Duration? {
    actions.compactMap { if case .wake(let time) = $0 { time } else { nil } }.last
}

@Suite("DHCP client")
struct ClientMachineTests {
    @Test("an offer that names the members is taken at once, and the acknowledgement configures")
    func exchange() throws {
        var bench = Bench()
        #expect(messages(bench.give(.start)).map(\.type) == [.discover])
        let discover = try #require(bench.last)
        #expect(discover.options.vendorClass == .musterAgent)
        #expect(discover.wantsBroadcast)
        let request = messages(bench.give(bench.answer(.offer, from: server, members: members)))
        #expect(request.map(\.type) == [.request])
        #expect(try bench.last?.options.address(.requestedAddress) == given)
        #expect(try bench.last?.options.address(.serverIdentifier) == server)
        #expect(bench.last?.transaction == discover.transaction)
        let done = bench.give(bench.answer(.acknowledge, from: server, members: members))
        let lease = try #require(bench.machine.lease)
        #expect(done.first == .configure(lease))
        #expect(lease.address.description == "10.0.0.50/24")
        #expect(lease.members == members)
        #expect(wake(done) == .seconds(1800))
        #expect(bench.machine.state == .bound)
    }

    @Test("a foreign offer waits for Muster's offer beside it, and both are merged", arguments: [true, false])
    func proxy(_ proxyFirst: Bool) throws {
        var bench = Bench()
        _ = bench.give(.start)
        let own = bench.answer(.offer, from: foreign)
        let beside = bench.answer(.offer, from: server, address: .any, members: members)
        #expect(messages(bench.give(proxyFirst ? beside : own)).isEmpty)
        #expect(messages(bench.give(proxyFirst ? own : beside, after: .milliseconds(300))).map(\.type) == [.request])
        #expect(try bench.last?.options.address(.serverIdentifier) == foreign)
        _ = bench.give(bench.answer(.acknowledge, from: foreign))
        #expect(bench.machine.lease?.server == foreign)
        #expect(bench.machine.lease?.members == members)
    }

    @Test("without any word of the members the foreign offer is taken after the gather window")
    func noMembers() {
        var bench = Bench()
        _ = bench.give(.start)
        #expect(wake(bench.give(bench.answer(.offer, from: foreign))) == .seconds(2))
        #expect(messages(bench.give(.timer, after: .milliseconds(1999))).isEmpty)
        #expect(messages(bench.give(.timer, after: .milliseconds(1))).map(\.type) == [.request])
        _ = bench.give(bench.answer(.acknowledge, from: foreign))
        #expect(bench.machine.lease?.members == MusterVendorOptions())
    }

    @Test("Muster's own offer wins over a foreign one that came first")
    func ownWins() throws {
        var bench = Bench()
        _ = bench.give(.start)
        _ = bench.give(bench.answer(.offer, from: foreign, address: IPv4Address(10, 0, 0, 99)))
        _ = bench.give(bench.answer(.offer, from: server, members: members))
        #expect(try bench.last?.options.address(.serverIdentifier) == server)
        #expect(try bench.last?.options.address(.requestedAddress) == given)
    }

    @Test("silence is met with 4, 8, 16, 32 and then 64 seconds, each spread by one second")
    func backOff() throws {
        var bench = Bench()
        var actions = bench.give(.start)
        for expected in [4, 8, 16, 32, 64, 64, 64] {
            let next = try #require(wake(actions))
            let wait = next - bench.now
            #expect(wait >= .seconds(expected - 1) && wait <= .seconds(expected + 1))
            #expect(messages(bench.give(.timer, after: wait - .milliseconds(1))).isEmpty)
            actions = bench.give(.timer, after: .milliseconds(1))
            #expect(messages(actions).map(\.type) == [.discover])
        }
        #expect(bench.last?.seconds ?? 0 > 180)
    }

    @Test("a server that does not confirm its offer is left after four requests")
    func unconfirmed() throws {
        var bench = Bench()
        _ = bench.give(.start)
        var actions = bench.give(bench.answer(.offer, from: server, members: members))
        var types: [DHCPMessageType] = []
        for _ in 0..<4 {
            types += messages(actions).map(\.type)
            let next = try #require(wake(actions))
            actions = bench.give(.timer, after: next - bench.now)
        }
        #expect(types == [.request, .request, .request, .request])
        #expect(messages(actions).map(\.type) == [.discover])
        #expect(bench.machine.state == .selecting)
    }

    @Test("a refusal makes the client start anew after a second")
    func refused() {
        var bench = Bench()
        _ = bench.give(.start)
        _ = bench.give(bench.answer(.offer, from: server, members: members))
        #expect(messages(bench.give(bench.answer(.refuse, from: foreign))).isEmpty)
        #expect(bench.machine.state == .requesting)
        let actions = bench.give(bench.answer(.refuse, from: server))
        #expect(messages(actions).isEmpty)
        #expect(wake(actions) == .seconds(1))
        #expect(messages(bench.give(.timer, after: .seconds(1))).map(\.type) == [.discover])
    }

    @Test("a lease is renewed at its server at half time, with any server at seven eighths, and ends")
    func renewal() {
        var bench = Bench()
        _ = bench.bind()
        let renew = messages(bench.give(.timer, after: .seconds(1800)))
        #expect(renew.map(\.destination) == [.server(server)])
        #expect(bench.last?.clientAddress == given)
        #expect(bench.last?.options.contains(.serverIdentifier) == false)
        let rebind = messages(bench.give(.timer, after: .seconds(1350)))
        #expect(rebind.map(\.destination) == [.broadcast])
        #expect(bench.machine.state == .rebinding)
        let over = bench.give(.timer, after: .seconds(450))
        #expect(over.first == .deconfigure)
        #expect(messages(over).map(\.type) == [.discover])
        #expect(bench.machine.lease == nil)
    }

    @Test("a renewed lease counts from its acknowledgement, and keeps what is known of the members")
    func renewed() throws {
        var bench = Bench()
        _ = bench.bind()
        _ = bench.give(.timer, after: .seconds(1800))
        let actions = bench.give(bench.answer(.acknowledge, from: server), after: .seconds(1))
        #expect(actions.first == .renewed(try #require(bench.machine.lease)))
        #expect(bench.machine.lease?.members == members)
        #expect(wake(actions) == .seconds(1801 + 1800))
    }

    @Test("an endless lease is never renewed")
    func endless() {
        var bench = Bench()
        _ = bench.give(.start)
        _ = bench.give(bench.answer(.offer, from: server, members: members))
        let actions = bench.give(bench.answer(.acknowledge, from: server, lease: .max))
        #expect(wake(actions) == nil)
        #expect(bench.machine.lease?.lifetime == nil)
        #expect(bench.give(.timer, after: .seconds(1_000_000)).isEmpty)
    }

    @Test("a conflict is declined, and the next try waits ten seconds")
    func conflict() throws {
        var bench = Bench()
        _ = bench.bind()
        let actions = bench.give(.addressInUse)
        #expect(actions.first == .deconfigure)
        #expect(messages(actions).map(\.type) == [.decline])
        #expect(try bench.last?.options.address(.requestedAddress) == given)
        #expect(wake(actions) == bench.now + .seconds(10))
    }

    @Test("release gives the address back and stops")
    func release() {
        var bench = Bench()
        _ = bench.bind()
        let actions = bench.give(.release)
        #expect(messages(actions).map(\.type) == [.release])
        #expect(messages(actions).map(\.destination) == [.server(server)])
        #expect(actions.last == .deconfigure)
        #expect(bench.machine.state == .stopped)
        #expect(bench.give(.timer).isEmpty)
    }

    @Test("answers to others, to other transactions and broken ones are dropped")
    func strangers() {
        var bench = Bench()
        _ = bench.give(.start)
        bench.last?.transaction ^= 1
        #expect(bench.give(bench.answer(.offer, from: server, members: members)).isEmpty)
        #expect(bench.give(.datagram([1, 2, 3])).isEmpty)
        #expect(bench.machine.state == .selecting)
    }

    @Test(
        "an acknowledgement without a usable address is dropped",
        arguments: [
            IPv4Address.any, .broadcast, IPv4Address(224, 0, 0, 1),
        ])
    func unusable(_ address: IPv4Address) {
        var bench = Bench()
        _ = bench.give(.start)
        _ = bench.give(bench.answer(.offer, from: server, members: members))
        #expect(bench.give(bench.answer(.acknowledge, from: server, address: address)).isEmpty)
        #expect(bench.machine.state == .requesting)
    }

    @Test("100,000 mutated answers never trap")
    func fuzz() {
        var bench = Bench()
        var mutations = SeededGenerator(seed: 9)
        for round in 0..<100_000 {
            if round % 50 == 0 { _ = bench.give(.start) }
            guard
                case .datagram(var octets) = bench.answer(
                    DHCPMessageType.allCases[round % 8], from: server, members: members)
            else { continue }
            for _ in 0..<3 {
                octets[Int.random(in: 236..<octets.count, using: &mutations)] = UInt8.random(
                    in: 0...255, using: &mutations)
            }
            _ = bench.give(.datagram(octets), after: .milliseconds(700))
            _ = bench.give(.timer)
        }
    }
}
