import BootPolicy
import DHCPWire
import MusterBase
import Testing

private func address(_ last: UInt8) -> IPv4Address { IPv4Address(10, 0, 0, last) }
private func machine(_ number: UInt64) -> MACAddress { MACAddress(rawValue: 0x5254_00BB_0000 + number) }

private func settings(_ first: UInt8 = 100, _ last: UInt8 = 101) throws -> BootSettings {
    BootSettings(dynamicRange: try DynamicRange(first: address(first), last: address(last)))
}

@Suite("the dynamic range")
struct DynamicRangeTests {
    @Test("an unknown machine gets an address and nothing to boot, and is told of")
    func exchange() throws {
        var scene = Scene([], settings: try settings())
        let offer = try #require(try scene.answer(to: message(.discover, mac: machine(1)))).packet
        #expect(offer.yourAddress == address(100))
        #expect(offer.bootFile.isEmpty && offer.nextServer == .any)
        #expect(!offer.options.contains(.bootFileName))
        let acknowledgement = try #require(try scene.answer(to: request(address(100), mac: machine(1)))).packet
        #expect(acknowledgement.yourAddress == address(100))
        #expect(scene.leases.dynamicLease(of: machine(1))?.kind == .dynamic)
        #expect(scene.directory.outcomes == [.unknownMachine, .unknownMachine])
    }

    @Test("a second offer reuses the lease, also when it is over")
    func reuse() throws {
        var scene = Scene([], settings: try settings())
        _ = scene.give(message(.discover, mac: machine(9)))
        _ = scene.give(message(.discover, mac: machine(1)))
        #expect(try scene.answer(to: request(address(101), mac: machine(1))) != nil)
        scene.time = scene.time + .seconds(100_000)
        #expect(try scene.answer(to: message(.discover, mac: machine(1)))?.packet.yourAddress == address(101))
    }

    @Test("two machines never have one address; a third gets none until a lease is over")
    func exhausted() throws {
        var scene = Scene([], settings: try settings())
        for number in UInt64(1)...2 {
            let offer = try #require(try scene.answer(to: message(.discover, mac: machine(number)))).packet
            _ = scene.give(request(offer.yourAddress, mac: machine(number)))
        }
        #expect(Set(scene.leases.all.map(\.address)) == [address(100), address(101)])
        #expect(scene.give(message(.discover, mac: machine(3))) == .silence(.rangeExhausted))
        scene.time = scene.time + .seconds(3601)
        #expect(try scene.answer(to: message(.discover, mac: machine(3))) != nil)
    }

    @Test("an offer that is not taken is free again after a while")
    func offerEnds() throws {
        var scene = Scene([], settings: try settings(100, 100))
        #expect(try scene.answer(to: message(.discover, mac: machine(1))) != nil)
        #expect(scene.give(message(.discover, mac: machine(2))) == .silence(.rangeExhausted))
        scene.time = scene.time + .seconds(31)
        #expect(try scene.answer(to: message(.discover, mac: machine(2))) != nil)
    }

    @Test("addresses of nodes and of the server itself are left out")
    func reserved() throws {
        var scene = Scene([], settings: try settings(1, 3), reserved: [address(2)])
        #expect(try scene.answer(to: message(.discover, mac: machine(1)))?.packet.yourAddress == address(3))
    }

    @Test("a declined address is not given again for an hour")
    func declined() throws {
        var scene = Scene([], settings: try settings(100, 100))
        _ = scene.give(message(.discover, mac: machine(1)))
        _ = scene.give(request(address(100), mac: machine(1)))
        let decline = message(.decline, mac: machine(1)) { $0.options.setAddress(.requestedAddress, address(100)) }
        _ = scene.give(decline)
        #expect(scene.directory.outcomes.last == .declined(address(100)))
        #expect(scene.give(message(.discover, mac: machine(1))) == .silence(.rangeExhausted))
        #expect(scene.leases.macAddress(holding: address(100), at: scene.time) == nil)
        scene.time = scene.time + .seconds(3601)
        #expect(try scene.answer(to: message(.discover, mac: machine(1))) != nil)
    }

    @Test("a machine that wants an address of the range which is not its own is refused, others are left alone")
    func refusal() throws {
        var scene = Scene([], settings: try settings())
        let inside = try scene.answer(to: request(address(101), from: nil, mac: machine(1)))?.packet
        #expect(try inside?.options.messageType() == .refuse)
        #expect(scene.give(request(IPv4Address(192, 168, 0, 9), from: nil, mac: machine(1))) == .silence(.otherServer))
    }

    @Test("a node without an address takes one of the range, and boots")
    func nodeWithoutAddress() throws {
        var scene = Scene([node(address: nil)], settings: try settings())
        let packet = try #require(try scene.answer(to: message(.discover))).packet
        #expect(packet.yourAddress == address(100))
        #expect(packet.bootFile == Array("boot/undionly.kpxe".utf8))
    }

    @Test("leases come back from the journal after a restart")
    func journal() throws {
        let journal = FakeJournal()
        var scene = Scene([], settings: try settings(), leases: LeaseTable(journal: journal))
        _ = scene.give(message(.discover, mac: machine(7)))
        _ = scene.give(message(.discover, mac: machine(1)))
        _ = scene.give(request(address(101), mac: machine(1)))
        let kept = journal.saved.withLock { Array($0.values) }
        #expect(kept.map(\.address) == [address(101)])
        let leases = LeaseTable()
        leases.restore(kept)
        var restarted = Scene([], settings: try settings(), leases: leases)
        #expect(try restarted.answer(to: message(.discover, mac: machine(1)))?.packet.yourAddress == address(101))
        _ = scene.give(message(.release, mac: machine(1)) { $0.clientAddress = address(101) })
        #expect(journal.saved.withLock { $0.isEmpty })
    }

    @Test("a node's own address on the served link is not written to the journal: the inventory has it")
    func fixedLease() {
        let journal = FakeJournal()
        var scene = Scene(leases: LeaseTable(journal: journal))
        _ = scene.give(request(nodeAddress))
        #expect(scene.leases.count == 1)
        #expect(journal.saved.withLock { $0.isEmpty })
    }

    @Test("a range in the wrong order or over the limit is refused")
    func limits() throws {
        #expect(throws: MusterError.self) { try DynamicRange(first: address(9), last: address(8)) }
        #expect(throws: MusterError.self) {
            try DynamicRange(first: IPv4Address(10, 0, 0, 0), last: IPv4Address(10, 1, 0, 0))
        }
        #expect(try DynamicRange(first: IPv4Address(10, 0, 0, 0), last: IPv4Address(10, 0, 255, 255)).count == 65_536)
    }
}
