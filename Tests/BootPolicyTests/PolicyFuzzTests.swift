import BootPolicy
import DHCPWire
import MusterBase
import TestSupport
import Testing

@Suite("random requests")
struct PolicyFuzzTests {
    @Test("100,000 mutated requests are answered or dropped; each answer can be read and none leaves the rules")
    func mutated() throws {
        var random = SeededGenerator(seed: 21)
        let range = try DynamicRange(first: IPv4Address(10, 0, 0, 100), last: IPv4Address(10, 0, 0, 120))
        var scenes = [
            Scene(), Scene(settings: BootSettings(mode: .proxy)),
            Scene([], settings: BootSettings(dynamicRange: range)),
        ]
        let seeds = Asker.allCases.flatMap { asker in
            DHCPMessageType.allCases.map { type in
                message(type, asker, uuid: knownUUID) {
                    $0.options.setAddress(.requestedAddress, nodeAddress)
                    if type == .request { $0.options.setAddress(.serverIdentifier, server) }
                    $0.options.setParameterRequestList([.subnetMask, .router, .bootFileName])
                    $0.options.set(.relayAgentInformation, [1, 2, 0, 7])
                }.encoded()
            }
        }
        var answers = 0
        for round in 0..<100_000 {
            var octets = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let from = Bool.random(using: &random) ? 240 : 0
                octets[Int.random(in: from..<octets.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let port: BootRequest.Port = round % 7 == 0 ? .proxy : .server
            let time = Timestamp(seconds: Int64(round))
            guard case .reply(let reply, _) = scenes[round % 3].responder.respond(to: octets[...], port: port, at: time)
            else { continue }
            answers += 1
            let (asked, packet) = (try DHCPPacket(decoding: octets), try DHCPPacket(decoding: reply.octets))
            let keepsRules =
                packet.operation == .reply && packet.transaction == asked.transaction
                && packet.macAddress == asked.macAddress && reply.octets.count <= asked.options.maximumPayload
                && packet.options[.relayAgentInformation] == asked.options[.relayAgentInformation]
                && (round % 3 != 1 || packet.yourAddress == .any)
            if !keepsRules {
                Issue.record("round \(round): \(hexText(octets)) was answered by \(hexText(reply.octets))")
            }
        }
        #expect(answers > 10_000)
    }
}
