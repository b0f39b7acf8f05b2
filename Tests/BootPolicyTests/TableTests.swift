import BootPolicy
import DHCPWire
import MusterBase
import TestSupport
import Testing

private let start = Timestamp(seconds: 1000)

private func lease(_ number: UInt32, mac: UInt64? = nil, kind: Lease.Kind = .fixed) -> Lease {
    Lease(
        address: IPv4Address(rawValue: number), mac: MACAddress(rawValue: mac ?? UInt64(number)), kind: kind,
        interface: "eth0", acknowledgedAt: start, expiresAt: start + .seconds(60))
}

@Suite("lease table")
struct LeaseTableTests {
    @Test("a full table drops the oldest lease and counts it")
    func bounded() {
        let table = LeaseTable(capacity: 3)
        for number in UInt32(1)...5 { table.bind(lease(number)) }
        #expect(table.count == 3)
        #expect(table.evictions == 2)
        #expect(Set(table.all.map(\.address.rawValue)) == [3, 4, 5])
        #expect(table.lease(of: IPv4Address(rawValue: 1)) == nil)
        table.release(IPv4Address(rawValue: 4), by: MACAddress(rawValue: 4))
        table.bind(lease(6))
        #expect(table.evictions == 2)
        #expect(table.count == 3)
    }

    @Test("an address has one holder: the last that was acknowledged")
    func rebind() {
        let table = LeaseTable()
        table.bind(lease(1, mac: 7))
        table.bind(lease(1, mac: 8))
        #expect(table.count == 1)
        #expect(table.macAddress(holding: IPv4Address(rawValue: 1), at: start) == MACAddress(rawValue: 8))
    }

    @Test("an unusable address has no holder")
    func unusable() {
        let table = LeaseTable()
        table.bind(lease(1, kind: .unusable))
        #expect(table.macAddress(holding: IPv4Address(rawValue: 1), at: start) == nil)
        #expect(table.dynamicLease(of: MACAddress(rawValue: 1)) == nil)
    }

    @Test("random changes never make the two indexes differ")
    func random() {
        var generator = SeededGenerator(seed: 11)
        let table = LeaseTable(capacity: 20)
        for _ in 0..<20_000 {
            let number = UInt32.random(in: 0..<40, using: &generator)
            let mac = UInt64.random(in: 0..<40, using: &generator)
            if Bool.random(using: &generator) {
                table.bind(lease(number, mac: mac, kind: .dynamic))
                #expect(table.dynamicLease(of: MACAddress(rawValue: mac))?.address.rawValue == number)
            } else {
                table.release(IPv4Address(rawValue: number), by: MACAddress(rawValue: mac))
            }
            #expect(table.count <= 20)
            #expect(table.count == table.all.count)
        }
    }
}

@Suite("unknown machines")
struct MachineSightingsTests {
    /// What a responder tells of a machine that nobody knows.
    private func observe(_ mac: UInt64, at seconds: Int64, _ asker: Asker = .bios) throws -> BootObservation {
        var scene = Scene([])
        scene.time = Timestamp(seconds: seconds)
        _ = scene.give(
            message(.discover, asker, mac: MACAddress(rawValue: mac), uuid: asker == .bios ? knownUUID : nil))
        return try #require(scene.directory.observations.first)
    }

    @Test("a machine is listed once, with its first and last time, and what its firmware told")
    func sightings() throws {
        let sightings = MachineSightings()
        sightings.note(try observe(2, at: 10))
        sightings.note(try observe(2, at: 20, .system))
        sightings.note(try observe(4, at: 15))
        #expect(sightings.all.map(\.identity.mac.rawValue) == [2, 4])
        let machine = try #require(sightings.all.first)
        #expect(machine.firstSeen == Timestamp(seconds: 10))
        #expect(machine.lastSeen == Timestamp(seconds: 20))
        #expect(machine.count == 2)
        #expect(machine.identity.uuid == knownUUID)
        #expect(machine.architecture == .x86BIOS)
        #expect(machine.interface == "eth0")
        #expect(sightings.forget(machine.identity.mac))
        #expect(sightings.all.count == 1)
    }

    @Test("invented machines push out the oldest and no more than that")
    func bounded() throws {
        let sightings = MachineSightings(capacity: 2)
        for mac in [UInt64(2), 4, 6] { sightings.note(try observe(mac, at: Int64(mac))) }
        #expect(sightings.all.map(\.identity.mac.rawValue) == [6, 4])
    }
}
