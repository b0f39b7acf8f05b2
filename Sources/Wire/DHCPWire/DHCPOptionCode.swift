/// The number of a DHCP option (RFC 2132 and the IANA registry "BOOTP Vendor Extensions and DHCP Options").
public struct DHCPOptionCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public init(_ rawValue: UInt8) { self.rawValue = rawValue }

    public static let pad = DHCPOptionCode(0)
    public static let subnetMask = DHCPOptionCode(1)
    public static let router = DHCPOptionCode(3)
    public static let domainNameServer = DHCPOptionCode(6)
    public static let hostName = DHCPOptionCode(12)
    public static let domainName = DHCPOptionCode(15)
    public static let interfaceMTU = DHCPOptionCode(26)
    public static let broadcastAddress = DHCPOptionCode(28)
    public static let timeServer = DHCPOptionCode(42)
    public static let vendorSpecific = DHCPOptionCode(43)
    public static let requestedAddress = DHCPOptionCode(50)
    public static let leaseTime = DHCPOptionCode(51)
    public static let overload = DHCPOptionCode(52)
    public static let messageType = DHCPOptionCode(53)
    public static let serverIdentifier = DHCPOptionCode(54)
    public static let parameterRequestList = DHCPOptionCode(55)
    public static let message = DHCPOptionCode(56)
    public static let maximumMessageSize = DHCPOptionCode(57)
    public static let renewalTime = DHCPOptionCode(58)
    public static let rebindingTime = DHCPOptionCode(59)
    public static let vendorClass = DHCPOptionCode(60)
    public static let clientIdentifier = DHCPOptionCode(61)
    public static let bootServerName = DHCPOptionCode(66)
    public static let bootFileName = DHCPOptionCode(67)
    public static let userClass = DHCPOptionCode(77)
    public static let relayAgentInformation = DHCPOptionCode(82)
    public static let clientArchitecture = DHCPOptionCode(93)
    public static let clientNetworkInterface = DHCPOptionCode(94)
    public static let clientMachineIdentifier = DHCPOptionCode(97)
    public static let classlessStaticRoutes = DHCPOptionCode(121)
    public static let vendorIdentifyingClass = DHCPOptionCode(124)
    public static let vendorIdentifyingOptions = DHCPOptionCode(125)
    /// Encapsulated options of iPXE (registered as Etherboot).
    public static let ipxe = DHCPOptionCode(175)
    public static let end = DHCPOptionCode(255)
}
