import MusterBase

/// A DHCPv4 message (RFC 2131, section 2).
///
/// Reading: ``init(decoding:)``. Writing: ``encoded(maximumSize:)``. The options have typed accessors, one file each
/// in `Options/`.
public struct DHCPPacket: Sendable, Equatable {
    /// Who speaks: a client or relay asks, a server replies (field `op`).
    public enum Operation: UInt8, Sendable {
        case request = 1
        case reply = 2
    }

    public var operation: Operation
    /// Field `htype`: 1 is Ethernet.
    public var hardwareType: UInt8 = 1
    /// Field `hlen`: how many octets of ``hardwareAddress`` count; 0 to 16.
    public var hardwareLength: UInt8 = 6
    /// Field `hops`: how many relays forwarded the request.
    public var hops: UInt8 = 0
    /// Field `xid`, chosen by the client.
    public var transaction: UInt32
    /// Field `secs`: since the client began.
    public var seconds: UInt16 = 0
    /// Field `flags`; the top bit asks for broadcast replies.
    public var flags: UInt16 = 0
    /// Field `ciaddr`: the address that the client has and answers ARP for.
    public var clientAddress = IPv4Address.any
    /// Field `yiaddr`: the address given to the client.
    public var yourAddress = IPv4Address.any
    /// Field `siaddr`: the server of the next boot step.
    public var nextServer = IPv4Address.any
    /// Field `giaddr`: the relay that passed the request on.
    public var relayAddress = IPv4Address.any
    /// Field `chaddr`, all 16 octets as two numbers in network order; the first six octets are an Ethernet address.
    public var hardwareAddress: (high: UInt64, low: UInt64) = (0, 0)
    /// Field `sname` up to its first zero octet; at most 64 octets.
    public var serverName: [UInt8] = []
    /// Field `file` up to its first zero octet; at most 128 octets.
    public var bootFile: [UInt8] = []
    public var options = DHCPOptions()

    public init(_ operation: Operation, transaction: UInt32) {
        self.operation = operation
        self.transaction = transaction
    }

    /// The bit of ``flags`` that asks for broadcast replies (RFC 2131, figure 2).
    public static let broadcastFlag: UInt16 = 0x8000

    public var wantsBroadcast: Bool { flags & DHCPPacket.broadcastFlag != 0 }

    /// The Ethernet address of the client; nil for other hardware.
    public var macAddress: MACAddress? {
        get { hardwareType == 1 && hardwareLength == 6 ? MACAddress(rawValue: hardwareAddress.high >> 16) : nil }
        set {
            hardwareType = 1
            hardwareLength = 6
            hardwareAddress = ((newValue?.rawValue ?? 0) << 16, 0)
        }
    }

    public static func == (left: DHCPPacket, right: DHCPPacket) -> Bool {
        left.operation == right.operation && left.hardwareType == right.hardwareType
            && left.hardwareLength == right.hardwareLength && left.hops == right.hops
            && left.transaction == right.transaction && left.seconds == right.seconds && left.flags == right.flags
            && left.clientAddress == right.clientAddress && left.yourAddress == right.yourAddress
            && left.nextServer == right.nextServer && left.relayAddress == right.relayAddress
            && left.hardwareAddress == right.hardwareAddress && left.serverName == right.serverName
            && left.bootFile == right.bootFile && left.options == right.options
    }
}
