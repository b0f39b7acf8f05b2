import MusterBase

/// What a relay tells about the port that a request came from (option 82; RFC 3046). A server echoes the option as it
/// came, so this is for reading alone.
public struct RelayAgentInformation: Hashable, Sendable {
    /// Sub-option 1: the circuit, often a switch port.
    public var circuit: [UInt8]?
    /// Sub-option 2: the relay or the line behind it.
    public var remote: [UInt8]?
    /// Sub-option 5: the subnet to choose the address from, when it is not that of `giaddr` (RFC 3527).
    public var linkSelection: IPv4Address?

    public init(circuit: [UInt8]? = nil, remote: [UInt8]? = nil, linkSelection: IPv4Address? = nil) {
        self.circuit = circuit
        self.remote = remote
        self.linkSelection = linkSelection
    }

    /// Reads the sub-options. Throws `malformed` when one passes the end.
    public init(octets: ArraySlice<UInt8>) throws(MusterError) {
        var reader = ByteReader(octets, of: "DHCP option 82 (relay agent)")
        self.init()
        while !reader.isAtEnd {
            let code = try reader.readInteger(as: UInt8.self)
            let value = try reader.read(Int(try reader.readInteger(as: UInt8.self)))
            switch code {
            case 1: circuit = Array(value)
            case 2: remote = Array(value)
            case 5: linkSelection = IPv4Address(octets: value)
            default: break
            }
        }
    }
}

extension DHCPOptions {
    /// Option 82; nil when absent.
    public func relayAgentInformation() throws(MusterError) -> RelayAgentInformation? {
        guard let octets = self[.relayAgentInformation] else { return nil }
        return try RelayAgentInformation(octets: octets)
    }
}
