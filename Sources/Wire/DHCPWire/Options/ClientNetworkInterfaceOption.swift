import MusterBase

/// The network driver interface of the firmware (option 94; RFC 4578, section 2.2), such as UNDI 2.1.
public struct ClientNetworkInterface: Hashable, Sendable {
    /// 1 is UNDI.
    public let type: UInt8
    public let major: UInt8
    public let minor: UInt8

    public init(type: UInt8, major: UInt8, minor: UInt8) {
        self.type = type
        self.major = major
        self.minor = minor
    }
}

extension DHCPOptions {
    /// Option 94. Nil when absent; throws `malformed` unless it has three octets.
    public func clientNetworkInterface() throws(MusterError) -> ClientNetworkInterface? {
        guard let octets = self[.clientNetworkInterface] else { return nil }
        guard octets.count == 3 else {
            throw MusterError(.malformed, "DHCP option 94 (network interface) must have 3 octets")
        }
        let raw = Array(octets)
        return ClientNetworkInterface(type: raw[0], major: raw[1], minor: raw[2])
    }

    public mutating func setClientNetworkInterface(_ interface: ClientNetworkInterface) {
        set(.clientNetworkInterface, [interface.type, interface.major, interface.minor])
    }
}
