import MusterBase

extension DHCPOptions {
    /// How many octets of UDP payload the client takes, from option 57 (RFC 2132, section 9.10), which counts the IP
    /// datagram. Values under the lawful 576 are ignored, as is a malformed option; at most what fits in an Ethernet
    /// frame.
    public var maximumPayload: Int {
        guard let size = try? integer(.maximumMessageSize, as: UInt16.self), size >= 576 else {
            return DHCPPacket.guaranteedSize
        }
        return min(Int(size), 1500) - 28
    }
}
