import DHCPWire
import MusterBase
import TestSupport
import Testing

/// Reads everything that can be read of a packet, and one option, which differs from round to round, in all forms; what
/// comes out does not matter, only that something does.
private func readAll(_ bytes: [UInt8], _ round: Int) -> Bool {
    guard let packet = try? DHCPPacket(decoding: bytes) else { return false }
    let options = packet.options
    _ = try? options.messageType()
    let codes = options.codes
    if !codes.isEmpty {
        let code = codes[round % codes.count]
        _ = try? options.address(code)
        _ = try? options.addresses(code)
        _ = try? options.integer(code, as: UInt32.self)
        _ = try? options.text(code)
        _ = try? options.vendorIdentifying(code)
    }
    _ = options.hasUserClass("iPXE")
    _ = try? options.clientArchitectures()
    _ = try? options.clientNetworkInterface()
    _ = try? options.machineUUID()
    _ = try? options.relayAgentInformation()
    _ = try? options.parameterRequestList()
    _ = try? options.pxeVendorOptions()
    _ = try? options.musterVendorOptions()
    _ = try? options.classlessRoutes()
    _ = try? options.clientIdentifier()
    _ = packet.encoded(maximumSize: options.maximumPayload)
    return true
}

@Suite("random packets")
struct FuzzTests {
    @Test("100,000 mutated packets are read or refused, and never trap")
    func mutated() {
        var random = SeededGenerator(seed: 1)
        let seeds = [
            CapturedPackets.ipxeDiscover, CapturedPackets.ovmfDiscover, CapturedPackets.ovmfHTTPDiscover,
            CapturedPackets.dnsmasqOffer,
        ]
        var readable = 0
        for round in 0..<100_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                // Mostly among the options, where the structure is.
                let from = Bool.random(using: &random) ? 240 : 0
                bytes[Int.random(in: from..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 5 == 0 { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            if readAll(bytes, round) { readable += 1 }
        }
        #expect(readable > 10_000)
        #expect(readable < 100_000)
    }

    @Test("100,000 random packets are read or refused, and never trap")
    func random() {
        var random = SeededGenerator(seed: 2)
        var readable = 0
        for round in 0..<100_000 {
            var bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if round % 2 == 0 {
                bytes = Array(CapturedPackets.ovmfDiscover[..<240]) + bytes
            }
            if readAll(bytes, round) { readable += 1 }
        }
        #expect(readable > 0)
    }

    @Test("random options come back as they were written")
    func written() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            var packet = DHCPPacket(.request, transaction: random.next())
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let code = UInt8.random(in: 1...254, using: &random)
                guard code != DHCPOptionCode.overload.rawValue, code != 82 else { continue }
                packet.options.set(
                    DHCPOptionCode(code),
                    (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                )
            }
            #expect(try DHCPPacket(decoding: packet.encoded()) == packet)
        }
    }

    @Test("100,000 mutated frames are read or refused")
    func frames() {
        var random = SeededGenerator(seed: 4)
        let end = (MACAddress(rawValue: 1), IPv4Address(10, 0, 0, 1), UInt16(67))
        let good = UDPFrame(from: end, to: end, payload: [1, 2, 3, 4]).octets
        for _ in 0..<100_000 {
            var bytes = good
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            bytes.removeLast(Int.random(in: 0...3, using: &random))
            _ = try? UDPFrame(decoding: bytes[...])
        }
    }
}
