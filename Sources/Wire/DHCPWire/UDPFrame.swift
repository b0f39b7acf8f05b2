import MusterBase

/// An Ethernet frame with an IPv4 UDP datagram (RFC 894, 791, 768), as packet sockets send and receive it.
public struct UDPFrame: Sendable, Hashable {
    public var sourceMAC: MACAddress
    public var destinationMAC: MACAddress
    public var source: IPv4Address
    public var destination: IPv4Address
    public var sourcePort: UInt16
    public var destinationPort: UInt16
    public var payload: [UInt8]

    public init(
        from source: (MACAddress, IPv4Address, UInt16), to destination: (MACAddress, IPv4Address, UInt16),
        payload: [UInt8]
    ) {
        (sourceMAC, self.source, sourcePort) = source
        (destinationMAC, self.destination, destinationPort) = destination
        self.payload = payload
    }

    /// The frame without its checksum at the end, which the hardware adds. A payload over 65,507 octets is cut.
    public var octets: [UInt8] {
        let body = payload.prefix(65_507)
        var writer = ByteWriter(reserving: 42 + body.count)
        for mac in [destinationMAC, sourceMAC] {
            writer.writeInteger(UInt16(truncatingIfNeeded: mac.rawValue >> 32))
            writer.writeInteger(UInt32(truncatingIfNeeded: mac.rawValue))
        }
        writer.writeInteger(UInt16(0x0800))
        writeIPHeader(totalLength: UInt16(28 + body.count), to: &writer)
        writer.writeInteger(sourcePort)
        writer.writeInteger(destinationPort)
        writer.writeInteger(UInt16(8 + body.count))
        writer.writeInteger(udpChecksum(body))
        writer.write(body)
        return writer.bytes
    }

    private func writeIPHeader(totalLength: UInt16, to writer: inout ByteWriter) {
        // Version 4, five words; type of service 0x10 (low delay), as boot traffic has it by custom.
        let first: UInt16 = 0x4510
        // Time to live 64, protocol 17.
        let lifetime: UInt16 = 0x4011
        var sum = InternetChecksum()
        for word in [first, totalLength, lifetime] { sum.add(word) }
        sum.add(source)
        sum.add(destination)
        writer.writeInteger(first)
        writer.writeInteger(totalLength)
        writer.writeInteger(UInt32(0))
        writer.writeInteger(lifetime)
        writer.writeInteger(sum.value)
        writer.write(source)
        writer.write(destination)
    }

    private func udpChecksum(_ body: ArraySlice<UInt8>) -> UInt16 {
        var sum = InternetChecksum()
        sum.add(source)
        sum.add(destination)
        for word in [17, UInt16(8 + body.count), sourcePort, destinationPort, UInt16(8 + body.count)] { sum.add(word) }
        sum.add(body)
        // Zero would mean that there is no checksum (RFC 768).
        return sum.value == 0 ? 0xFFFF : sum.value
    }
}

extension UDPFrame {
    /// Reads a frame. The UDP checksum is not verified: a frame that was sent by this very machine has none yet.
    ///
    /// Throws `malformed` for anything but a whole IPv4 UDP datagram.
    public init(decoding frame: ArraySlice<UInt8>) throws(MusterError) {
        var reader = ByteReader(frame, of: "Ethernet frame")
        destinationMAC = try UDPFrame.readMAC(&reader)
        sourceMAC = try UDPFrame.readMAC(&reader)
        guard try reader.readInteger(as: UInt16.self) == 0x0800 else {
            throw MusterError(.malformed, "Ethernet frame is not IPv4")
        }
        let version = try reader.readInteger(as: UInt8.self)
        guard version >> 4 == 4, version & 15 >= 5 else { throw MusterError(.malformed, "IPv4 header is not valid") }
        try reader.skip(1)
        let totalLength = Int(try reader.readInteger(as: UInt16.self))
        try reader.skip(2)
        let fragment = try reader.readInteger(as: UInt16.self)
        try reader.skip(1)
        guard try reader.readInteger(as: UInt8.self) == 17, fragment & 0x3FFF == 0 else {
            throw MusterError(.malformed, "IPv4 packet is not a whole UDP datagram")
        }
        try reader.skip(2)
        source = try reader.readIPv4()
        destination = try reader.readIPv4()
        let headerLength = Int(version & 15) * 4
        try reader.skip(headerLength - 20)
        sourcePort = try reader.readInteger()
        destinationPort = try reader.readInteger()
        let length = Int(try reader.readInteger(as: UInt16.self))
        try reader.skip(2)
        guard length >= 8, headerLength + length <= totalLength else {
            throw MusterError(.malformed, "UDP length does not fit the IPv4 packet")
        }
        payload = Array(try reader.read(length - 8))
    }

    private static func readMAC(_ reader: inout ByteReader) throws(MusterError) -> MACAddress {
        let high = try reader.readInteger(as: UInt16.self)
        return MACAddress(rawValue: UInt64(high) << 32 | UInt64(try reader.readInteger(as: UInt32.self)))
    }
}

/// The ones' complement sum of RFC 1071.
struct InternetChecksum {
    private var sum: UInt64 = 0

    mutating func add(_ word: UInt16) { sum += UInt64(word) }

    mutating func add(_ address: IPv4Address) {
        sum += UInt64(address.rawValue >> 16) + UInt64(address.rawValue & 0xFFFF)
    }

    mutating func add(_ octets: ArraySlice<UInt8>) {
        var isHigh = true
        for octet in octets {
            sum += isHigh ? UInt64(octet) << 8 : UInt64(octet)
            isHigh.toggle()
        }
    }

    var value: UInt16 {
        var folded = sum
        while folded >> 16 != 0 { folded = (folded & 0xFFFF) + (folded >> 16) }
        return ~UInt16(folded)
    }
}
