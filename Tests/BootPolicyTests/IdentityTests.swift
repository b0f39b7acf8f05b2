import BootPolicy
import DHCPWire
import MusterBase
import Testing

@Suite("recognising machines")
struct IdentityTests {
    @Test("a node that is told by UUID alone is recognised by it")
    func byUUID() throws {
        var scene = Scene([node(macs: [], uuid: knownUUID)])
        #expect(
            try scene.answer(to: message(.discover, mac: otherMAC, uuid: knownUUID))?.packet.yourAddress == nodeAddress)
        #expect(scene.give(message(.discover, mac: otherMAC)) == .silence(.unknownMachine))
    }

    @Test("a second machine with the UUID of a node whose MAC addresses are known is refused")
    func duplicateUUID() throws {
        var scene = Scene([node(uuid: knownUUID)])
        #expect(scene.give(message(.discover, mac: otherMAC, uuid: knownUUID)) == .silence(.identityConflict))
        #expect(scene.directory.outcomes == [.refused(.identityConflict)])
        let told = try #require(scene.directory.observations.first?.message)
        #expect(told.contains("\(otherMAC)") && told.contains("\(knownUUID)"))
    }

    @Test("a MAC address that comes with another node's UUID is refused")
    func movedCard() {
        var scene = Scene([node(uuid: knownUUID)])
        let moved = message(.discover, uuid: MachineUUID(high: 1, low: 2))
        #expect(scene.give(moved) == .silence(.identityConflict))
    }

    @Test("a UUID in the order of its text is taken as the same")
    func byteOrder() throws {
        let swapped = try #require(MachineUUID(octets: knownUUID.smbiosOctets))
        #expect(swapped != knownUUID)
        var scene = Scene([node(uuid: knownUUID)])
        #expect(try scene.answer(to: message(.discover, uuid: swapped)) != nil)
    }

    @Test("of two machines with the UUID of one node, the second waits until the first one's lease is over")
    func sharedUUID() throws {
        var scene = Scene([node(macs: [], uuid: knownUUID)])
        let first = message(.request, mac: knownMAC, uuid: knownUUID) {
            $0.options.setAddress(.requestedAddress, nodeAddress)
        }
        #expect(try scene.answer(to: first) != nil)
        #expect(scene.give(message(.discover, mac: otherMAC, uuid: knownUUID)) == .silence(.addressHeld))
        #expect(scene.directory.outcomes.last == .refused(.addressHeld))
        scene.time = scene.time + .seconds(3601)
        #expect(try scene.answer(to: message(.discover, mac: otherMAC, uuid: knownUUID)) != nil)
    }

    @Test("the conflict is also refused in proxy mode and on port 4011", arguments: [BootRequest.Port.server, .proxy])
    func proxy(_ port: BootRequest.Port) {
        var scene = Scene([node(uuid: knownUUID)], settings: BootSettings(mode: .proxy))
        let packet = message(.discover, mac: otherMAC, uuid: knownUUID)
        #expect(scene.give(packet, port: port) == .silence(.identityConflict))
    }
}
