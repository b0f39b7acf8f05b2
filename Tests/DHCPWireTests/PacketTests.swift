import DHCPWire
import MusterBase
import Testing

/// A header of 236 octets with the cookie, `options` behind it.
private func raw(options: [UInt8], name: [UInt8] = [], file: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = [1, 1, 6, 0] + [0xDE, 0xAD, 0xBE, 0xEF] + [UInt8](repeating: 0, count: 20)
    bytes += [0x52, 0x54, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 10)
    bytes += name + [UInt8](repeating: 0, count: 64 - name.count)
    bytes += file + [UInt8](repeating: 0, count: 128 - file.count)
    return bytes + [99, 130, 83, 99] + options
}

private func expectMalformed(_ bytes: [UInt8]) {
    #expect { try DHCPPacket(decoding: bytes) } throws: { ($0 as? MusterError)?.code == .malformed }
}

@Suite("DHCP packets")
struct PacketTests {
    @Test("encoding and decoding give the same packet")
    func roundTrip() throws {
        var packet = DHCPPacket(.request, transaction: 0x1234_5678)
        packet.macAddress = MACAddress("52:54:00:12:34:56")
        packet.hops = 1
        packet.seconds = 4
        packet.flags = DHCPPacket.broadcastFlag
        packet.clientAddress = IPv4Address(10, 0, 0, 1)
        packet.yourAddress = IPv4Address(10, 0, 0, 2)
        packet.nextServer = IPv4Address(10, 0, 0, 3)
        packet.relayAddress = IPv4Address(10, 0, 0, 4)
        packet.serverName = Array("server".utf8)
        packet.bootFile = Array("boot/undionly.kpxe".utf8)
        packet.options.setMessageType(.discover)
        packet.options.setText(.hostName, "n1")
        packet.options.set(.relayAgentInformation, [1, 1, 7])
        let octets = packet.encoded()
        #expect(octets.count == DHCPPacket.minimumSize)
        #expect(try DHCPPacket(decoding: octets) == packet)
    }

    @Test("an option over 255 octets is split, and joined again")
    func longOption() throws {
        var packet = DHCPPacket(.request, transaction: 1)
        let long = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
        packet.options.set(.bootFileName, long)
        let octets = packet.encoded()
        #expect(Array(octets[240..<242]) == [67, 255])
        #expect(Array(octets[497..<499]) == [67, 255])
        #expect(Array(octets[754..<756]) == [67, 90])
        #expect(try DHCPPacket(decoding: octets).options[.bootFileName] == long[...])
    }

    @Test("instances of an option that stand apart are joined in their order")
    func interleavedOption() throws {
        let packet = try DHCPPacket(decoding: raw(options: [12, 1, 65, 15, 1, 66, 12, 1, 67, 12, 0, 12, 1, 68, 255]))
        #expect(try packet.options.text(.hostName) == "ACD")
        #expect(try packet.options.text(.domainName) == "B")
        #expect(packet.options.codes == [.hostName, .domainName])
    }

    @Test("options overloaded into file and sname follow those of the options field")
    func overload() throws {
        let packet = try DHCPPacket(
            decoding: raw(options: [52, 1, 3, 12, 1, 65, 255], name: [12, 1, 67, 255], file: [12, 1, 66, 0, 255]))
        #expect(try packet.options.text(.hostName) == "ABC")
        #expect(packet.bootFile.isEmpty && packet.serverName.isEmpty)
        #expect(!packet.options.contains(.overload))
        let file = try DHCPPacket(decoding: raw(options: [52, 1, 1, 255], name: Array("s".utf8), file: [12, 1, 66]))
        #expect(try file.options.text(.hostName) == "B")
        #expect(file.serverName == Array("s".utf8))
    }

    @Test("an overload option inside an overloaded field has no effect")
    func nestedOverload() throws {
        let packet = try DHCPPacket(decoding: raw(options: [52, 1, 1, 255], name: [200], file: [52, 1, 2, 255]))
        #expect(packet.serverName == [200])
    }

    @Test("a wrong overload value, a short option and an option past its end are malformed")
    func brokenOptions() {
        expectMalformed(raw(options: [52, 1, 4, 255]))
        expectMalformed(raw(options: [52, 0, 255]))
        expectMalformed(raw(options: [12]))
        expectMalformed(raw(options: [12, 2, 65]))
        expectMalformed(raw(options: [52, 1, 1, 255], file: [UInt8](repeating: 0, count: 126) + [12, 1]))
    }

    @Test("a missing end option and padding are forgiven")
    func withoutEnd() throws {
        let packet = try DHCPPacket(decoding: raw(options: [0, 0, 53, 1, 1]))
        #expect(try packet.options.messageType() == .discover)
    }

    @Test("every cut of a good packet is malformed or ends between two options, and never traps")
    func cuts() throws {
        let whole = raw(options: [53, 1, 1, 12, 2, 65, 66, 255])
        for count in 0..<240 { expectMalformed(Array(whole[..<count])) }
        for count in 240..<whole.count {
            let packet = try? DHCPPacket(decoding: whole[..<count])
            #expect((packet != nil) == [240, 243, 247].contains(count), "cut at \(count)")
        }
    }

    @Test("a wrong op, a long hardware address and a wrong cookie are malformed")
    func header() {
        for (offset, value) in [(0, UInt8(3)), (2, 17), (236, 0)] {
            var bytes = raw(options: [53, 1, 1, 255])
            bytes[offset] = value
            expectMalformed(bytes)
        }
    }

    @Test("hardware that is not Ethernet has no MAC address")
    func otherHardware() throws {
        var bytes = raw(options: [53, 1, 1, 255])
        #expect(try DHCPPacket(decoding: bytes).macAddress == MACAddress("52:54:00:00:00:01"))
        bytes[1] = 32
        #expect(try DHCPPacket(decoding: bytes).macAddress == nil)
    }

    @Test("options that do not fit are left out, the relay's never and always last")
    func maximumSize() throws {
        var packet = DHCPPacket(.reply, transaction: 1)
        packet.options.setMessageType(.offer)
        packet.options.set(.relayAgentInformation, [UInt8](repeating: 7, count: 90))
        packet.options.set(.bootFileName, [UInt8](repeating: 1, count: 200))
        packet.options.setText(.domainName, String(repeating: "d", count: 60))
        packet.options.setText(.hostName, "fits")
        let octets = packet.encoded(maximumSize: 548)
        #expect(octets.count <= 548)
        #expect(octets.last == 255)
        #expect(Array(octets.suffix(93).prefix(2)) == [82, 90])
        let codes = try DHCPPacket(decoding: octets).options.codes
        #expect(codes == [.messageType, .bootFileName, .hostName, .relayAgentInformation])
    }

    @Test("texts that fill their field are cut and keep a closing zero")
    func longTexts() throws {
        var packet = DHCPPacket(.reply, transaction: 1)
        packet.serverName = [UInt8](repeating: 65, count: 70)
        packet.bootFile = [UInt8](repeating: 66, count: 200)
        let decoded = try DHCPPacket(decoding: packet.encoded())
        #expect(decoded.serverName.count == 63)
        #expect(decoded.bootFile.count == 127)
    }

    @Test("setting an option replaces it in place, nil removes it")
    func setting() {
        var options = DHCPOptions()
        options.setText(.hostName, "a")
        options.setText(.domainName, "b")
        options.setText(.hostName, "longer")
        #expect(options.codes == [.hostName, .domainName])
        #expect(options[.hostName] == Array("longer".utf8)[...])
        options[.hostName] = nil
        #expect(options.codes == [.domainName])
    }
}

@Suite("UDP frames")
struct UDPFrameTests {
    @Test("a frame has the checksums that tcpdump finds right")
    func checksums() throws {
        let frame = UDPFrame(
            from: (MACAddress(rawValue: 0x5254_0000_0001), IPv4Address(192, 168, 0, 1), 67),
            to: (MACAddress(rawValue: 0x5254_0000_0002), IPv4Address(192, 168, 0, 2), 68),
            payload: Array("hello".utf8))
        let expected = annotatedHex(
            """
            525400000002 525400000001 0800  // to, from, IPv4
            45 10 0021 0000 0000 40 11 f968 // version and words, service, length, id, fragment, lifetime, UDP, sum
            c0a80001 c0a80002               // from, to
            0043 0044 000d 3a27             // ports, length, sum
            68656c6c6f                      // payload
            """)
        #expect(hexText(frame.octets) == hexText(expected))
        #expect(try UDPFrame(decoding: frame.octets[...]) == frame)
    }

    @Test("cut frames and other protocols are malformed")
    func malformed() {
        let zero = (MACAddress(rawValue: 1), IPv4Address(1, 2, 3, 4), UInt16(67))
        let octets = UDPFrame(from: zero, to: zero, payload: [1, 2, 3]).octets
        for count in 0..<octets.count {
            #expect(throws: MusterError.self) { try UDPFrame(decoding: octets[..<count]) }
        }
        for (offset, value) in [(12, UInt8(0x86)), (14, 0x65), (14, 0x44), (20, 0x20), (23, 6), (39, 7), (39, 200)] {
            var broken = octets
            broken[offset] = value
            #expect(throws: MusterError.self) { try UDPFrame(decoding: broken[...]) }
        }
    }
}
