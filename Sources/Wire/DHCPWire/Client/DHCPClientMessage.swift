import MusterBase

/// A message that a client sends.
public struct DHCPClientMessage: Sendable, Hashable {
    public enum Destination: Sendable, Hashable {
        /// From 0.0.0.0 to 255.255.255.255, server port.
        case broadcast
        /// From the client's address to the server, server port.
        case server(IPv4Address)
    }

    public var type: DHCPMessageType
    /// The UDP payload.
    public var octets: [UInt8]
    public var destination: Destination
}

extension DHCPClientConfiguration {
    /// A packet with all that is the same in each message of this client (RFC 2131, table 5).
    func packet(_ type: DHCPMessageType, transaction: UInt32, seconds: UInt16) -> DHCPPacket {
        var packet = DHCPPacket(.request, transaction: transaction)
        packet.macAddress = mac
        packet.seconds = seconds
        packet.options.setMessageType(type)
        packet.options.setClientIdentifier(mac)
        guard type != .decline, type != .release else { return packet }
        packet.flags = wantsBroadcast ? DHCPPacket.broadcastFlag : 0
        packet.options.setInteger(.maximumMessageSize, UInt16(1500))
        packet.options.setText(.vendorClass, vendorClass)
        packet.options.setParameterRequestList(parameters)
        if let uuid { packet.options.setMachineUUID(uuid) }
        if let hostName { packet.options.setText(.hostName, hostName) }
        return packet
    }
}
