import MusterBase
import NIOCore

/// What a DHCP relay does with packets (RFC 1542, section 4.1).
package enum RelayAgent {
    /// A client's packet as it goes on to the servers.
    package static func forward(_ packet: [UInt8], by relay: IPv4Address) -> [UInt8] {
        guard packet.count >= 44 else { return packet }
        var forwarded = packet
        forwarded[3] &+= 1
        forwarded.replaceSubrange(24..<28, with: relay.octets)
        return forwarded
    }

    /// Whom a server's packet is for; nil when it is too short to be one.
    package static func client(of packet: ByteBuffer) -> MACAddress? {
        packet.getBytes(at: packet.readerIndex + 28, length: 6).flatMap { MACAddress(octets: $0) }
    }
}
