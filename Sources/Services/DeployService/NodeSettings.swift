import MusterAPI
import MusterBase

/// What deployments need of a node's attributes, read once and typed.
public struct NodeSettings: Sendable {
    public var name: String
    public var hostname: String
    public var domain: String?
    public var uuid: MachineUUID?
    public var serial: String?
    /// The interface of `net.*` first, then those of `net.<name>.*` by name.
    public var interfaces: [InterfaceConfiguration]
    public var dnsServers: [IPv4Address]
    public var ntpServers: [String]
    public var timeZone: String?
    public var locale: String?
    public var keyboard: String?
    public var rootKeys: [String]
    public var rootPasswordCrypt: Secret<String>?
    /// False when `deployment.rearm` is `never`.
    public var rearmsAtNetworkBoot: Bool
    /// Which disk an installation takes, and whether it may overwrite what is there.
    public var diskRule: String
    public var mayWipeDisk: Bool

    public init(
        name: String, hostname: String, domain: String? = nil, uuid: MachineUUID? = nil, serial: String? = nil,
        interfaces: [InterfaceConfiguration] = [], dnsServers: [IPv4Address] = [], ntpServers: [String] = [],
        timeZone: String? = nil, locale: String? = nil, keyboard: String? = nil, rootKeys: [String] = [],
        rootPasswordCrypt: Secret<String>? = nil, rearmsAtNetworkBoot: Bool = true,
        diskRule: String = "", mayWipeDisk: Bool = false
    ) {
        self.name = name
        self.hostname = hostname
        self.domain = domain
        self.uuid = uuid
        self.serial = serial
        self.interfaces = interfaces
        self.dnsServers = dnsServers
        self.ntpServers = ntpServers
        self.timeZone = timeZone
        self.locale = locale
        self.keyboard = keyboard
        self.rootKeys = rootKeys
        self.rootPasswordCrypt = rootPasswordCrypt
        self.rearmsAtNetworkBoot = rearmsAtNetworkBoot
        self.diskRule = diskRule
        self.mayWipeDisk = mayWipeDisk
    }

    public var macs: [MACAddress] { interfaces.compactMap(\.hardwareAddress) }
}
