import MusterBase

extension DHCPPacket {
    /// BOOTP relays and clients may drop shorter messages (RFC 951, section 3; RFC 1542, section 2.1).
    public static let minimumSize = 300
    /// The UDP payload that every client takes: an IP datagram of 576 octets without IP and UDP headers (RFC 2131,
    /// section 2).
    public static let guaranteedSize = 548

    /// The payload of a UDP datagram, padded with zeros to 300 octets.
    ///
    /// Options that do not fit into `maximumSize` octets are left out, so the less important ones should be set last;
    /// the relay agent information is always sent, and last, as RFC 3046 (section 2.2) wants. Options longer than 255
    /// octets are split (RFC 3396). Texts longer than their field are cut.
    public func encoded(maximumSize: Int = .max) -> [UInt8] {
        var writer = ByteWriter(reserving: 400)
        writeHeader(to: &writer)
        writer.writeInteger(DHCPPacket.magicCookie)
        let relay = options[.relayAgentInformation]
        let reserved = 1 + (relay.map { DHCPPacket.encodedSize($0.count) } ?? 0)
        for place in 0..<options.count {
            let (code, octets) = options.option(at: place)
            guard code != .relayAgentInformation, code != .pad, code != .end,
                writer.count + DHCPPacket.encodedSize(octets.count) + reserved <= maximumSize
            else { continue }
            DHCPPacket.write(code, octets, to: &writer)
        }
        if let relay { DHCPPacket.write(.relayAgentInformation, relay, to: &writer) }
        writer.writeInteger(DHCPOptionCode.end.rawValue)
        writer.writeZeros(DHCPPacket.minimumSize - writer.count)
        return writer.bytes
    }

    private func writeHeader(to writer: inout ByteWriter) {
        writer.writeInteger(operation.rawValue)
        writer.writeInteger(hardwareType)
        writer.writeInteger(min(hardwareLength, 16))
        writer.writeInteger(hops)
        writer.writeInteger(transaction)
        writer.writeInteger(seconds)
        writer.writeInteger(flags)
        for address in [clientAddress, yourAddress, nextServer, relayAddress] { writer.write(address) }
        writer.writeInteger(hardwareAddress.high)
        writer.writeInteger(hardwareAddress.low)
        DHCPPacket.write(text: serverName, width: 64, to: &writer)
        DHCPPacket.write(text: bootFile, width: 128, to: &writer)
    }

    /// Keeps a closing zero even in a full field: some firmwares read on without it.
    private static func write(text: [UInt8], width: Int, to writer: inout ByteWriter) {
        let count = min(text.count, width - 1)
        writer.write(text[..<count])
        writer.writeZeros(width - count)
    }

    private static func write(_ code: DHCPOptionCode, _ octets: ArraySlice<UInt8>, to writer: inout ByteWriter) {
        var rest = octets
        repeat {
            let part = rest.prefix(255)
            writer.writeInteger(code.rawValue)
            writer.writeInteger(UInt8(part.count))
            writer.write(part)
            rest = rest.dropFirst(255)
        } while !rest.isEmpty
    }

    private static func encodedSize(_ count: Int) -> Int { count + 2 * max(1, (count + 254) / 255) }
}
