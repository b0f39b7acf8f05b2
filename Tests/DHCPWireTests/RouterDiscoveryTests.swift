import DHCPWire
import MusterBase
import Testing

@Suite("router discovery")
struct RouterDiscoveryTests {
    /// Captured from iPXE (snponly.efi).
    private static let solicitation = annotatedHex(
        """
        333300000002 525400aa0002 86dd    // to all routers, from, IPv6
        60000000 0010 3a ff               // version, length 16, ICMPv6, hop limit 255
        fe80000000000000505400fffeaa0002  // from
        ff020000000000000000000000000002  // to
        85 00 d92d 00000000               // solicitation, sum
        01 01 525400aa0002                // source link-layer address
        """)

    @Test("iPXE's solicitation is read, and answered by a neighbour that is no router")
    func answer() throws {
        let frame = try RouterSolicitationFrame(decoding: Self.solicitation[...])
        #expect(frame.sourceMAC == MACAddress("52:54:00:aa:00:02"))
        #expect(hexText(frame.source) == "fe80000000000000505400fffeaa0002")
        let answer = frame.advertisementOfNoRouter(from: MACAddress(rawValue: 0x6AF5_2B9C_7E5A))
        let expected = annotatedHex(
            """
            525400aa0002 6af52b9c7e5a 86dd    // to, from, IPv6
            60000000 0018 3a ff               // version, length 24, ICMPv6, hop limit 255
            fe8000000000000068f52bfffe9c7e5a  // from the link-local address of the sender
            fe80000000000000505400fffeaa0002  // to
            86 00 04d2 00 00 0000              // advertisement, sum, hop limit unspecified, no flags, lifetime 0
            00000000 00000000                 // timers unspecified
            01 01 6af52b9c7e5a                // source link-layer address
            """)
        #expect(hexText(answer) == hexText(expected))
    }

    @Test("a machine without an address is answered at all nodes' address, in a frame of its own")
    func unspecified() throws {
        var octets = Self.solicitation
        for index in 22..<38 { octets[index] = 0 }
        let answer = try RouterSolicitationFrame(decoding: octets[...]).advertisementOfNoRouter(
            from: MACAddress(rawValue: 1))
        #expect(Array(answer[..<6]) == Array(octets[6..<12]))
        #expect(hexText(answer[38..<54]) == "ff020000000000000000000000000001")
    }

    @Test("cut frames, other types and those that crossed a router are malformed")
    func malformed() {
        for count in 0..<55 {
            #expect(throws: MusterError.self) { try RouterSolicitationFrame(decoding: Self.solicitation[..<count]) }
        }
        for (offset, value) in [(13, UInt8(0)), (14, 0x45), (20, 17), (21, 64), (54, 134)] {
            var broken = Self.solicitation
            broken[offset] = value
            #expect(throws: MusterError.self) { try RouterSolicitationFrame(decoding: broken[...]) }
        }
    }
}
