import MusterBase

/// What a DHCP client says of itself and asks for.
public struct DHCPClientConfiguration: Sendable, Hashable {
    public var mac: MACAddress
    public var uuid: MachineUUID?
    public var hostName: String?
    public var vendorClass: String
    /// Ask for broadcast replies. A client that listens with a packet socket can do without; one with a UDP socket on
    /// an interface that has no address yet cannot.
    public var wantsBroadcast: Bool
    public var parameters: [DHCPOptionCode]
    /// How long an offer that does not tell where the members are waits for one that does.
    public var gatherWindow: Duration

    public static let standardParameters: [DHCPOptionCode] = [
        .subnetMask, .router, .domainNameServer, .domainName, .hostName, .interfaceMTU, .timeServer, .vendorSpecific,
        .leaseTime, .renewalTime, .rebindingTime, .classlessStaticRoutes,
    ]

    public init(
        mac: MACAddress, uuid: MachineUUID? = nil, hostName: String? = nil,
        vendorClass: String = DHCPVendorClass.musterAgentText, wantsBroadcast: Bool = true,
        parameters: [DHCPOptionCode] = DHCPClientConfiguration.standardParameters,
        gatherWindow: Duration = .seconds(2)
    ) {
        self.mac = mac
        self.uuid = uuid
        self.hostName = hostName
        self.vendorClass = vendorClass
        self.wantsBroadcast = wantsBroadcast
        self.parameters = parameters
        self.gatherWindow = gatherWindow
    }
}
