import MusterBase

/// A router solicitation (RFC 4861, section 4.1) in an Ethernet frame: a machine asks for IPv6 routers.
public struct RouterSolicitationFrame: Sendable, Hashable {
    public var sourceMAC: MACAddress
    /// 16 octets; all zeros when the machine has no address yet.
    public var source: [UInt8]

    /// Throws `malformed` for anything else.
    public init(decoding frame: ArraySlice<UInt8>) throws(MusterError) {
        var reader = ByteReader(frame, of: "router solicitation")
        try reader.skip(6)
        let high = try reader.readInteger(as: UInt16.self)
        sourceMAC = MACAddress(rawValue: UInt64(high) << 32 | UInt64(try reader.readInteger(as: UInt32.self)))
        let etherType = try reader.readInteger(as: UInt16.self)
        let version = try reader.readInteger(as: UInt32.self) >> 28
        try reader.skip(2)
        let nextHeader = try reader.readInteger(as: UInt8.self)
        let hopLimit = try reader.readInteger(as: UInt8.self)
        source = Array(try reader.read(16))
        try reader.skip(16)
        let type = try reader.readInteger(as: UInt8.self)
        // A hop limit of 255 shows that it comes from this link (section 6.1.1).
        guard etherType == 0x86DD, version == 6, nextHeader == 58, hopLimit == 255, type == 133 else {
            throw MusterError(.malformed, "Frame is no router solicitation of this link")
        }
    }
}

extension RouterSolicitationFrame {
    /// The advertisement that answers: from a neighbour that is no router (lifetime 0) and knows no prefix, so that the
    /// asker need not wait any longer (RFC 4861, section 4.2).
    public func advertisementOfNoRouter(from mac: MACAddress) -> [UInt8] {
        let linkLocal: [UInt8] = [0xFE, 0x80, 0, 0, 0, 0, 0, 0] + RouterSolicitationFrame.interfaceIdentifier(mac)
        let allNodes: [UInt8] = [0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        let destination = source.allSatisfy { $0 == 0 } ? allNodes : source
        // Type 134, code 0, sum, hop limit unspecified, flags, lifetime, timers; option 1: the sender's MAC address.
        var body: [UInt8] = [134, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + [1, 1] + mac.octets
        var sum = InternetChecksum()
        for part in [linkLocal, destination, body] { sum.add(part[...]) }
        sum.add(UInt16(body.count))
        sum.add(UInt16(58))
        body[2] = UInt8(sum.value >> 8)
        body[3] = UInt8(sum.value & 0xFF)
        var writer = ByteWriter(reserving: 78)
        writer.write(sourceMAC.octets)
        writer.write(mac.octets)
        writer.writeInteger(UInt16(0x86DD))
        writer.writeInteger(UInt32(0x6000_0000))
        writer.writeInteger(UInt16(body.count))
        writer.write([58, 255])
        writer.write(linkLocal)
        writer.write(destination)
        writer.write(body)
        return writer.bytes
    }

    /// The lower half of a link-local address (RFC 4291, appendix A).
    private static func interfaceIdentifier(_ mac: MACAddress) -> [UInt8] {
        let octets = mac.octets
        return [octets[0] ^ 2, octets[1], octets[2], 0xFF, 0xFE, octets[3], octets[4], octets[5]]
    }
}
