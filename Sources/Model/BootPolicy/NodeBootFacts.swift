import DeploymentModel
import MusterBase

/// All that the boot services need to know of a node, seen from the interface that asked.
public struct NodeBootFacts: Sendable, Hashable {
    public var name: String
    /// The Ethernet addresses that the inventory has for the node. Empty for a node that is told by its UUID alone.
    public var macAddresses: [MACAddress]
    /// The UUID that the inventory has for the node.
    public var uuid: MachineUUID?
    /// The address for the interface that asked, with its prefix; nil when the inventory has none.
    public var network: IPv4Network?
    public var gateway: IPv4Address?
    /// Empty means: those of the interface's settings.
    public var dnsServers: [IPv4Address]
    public var domain: String?
    /// Without the domain; nil means ``name``.
    public var hostname: String?
    public var timeServers: [IPv4Address]
    /// In octets.
    public var mtu: UInt16?
    /// The deployment asked for last, running or over; nil when there is none or it was cleared.
    public var deployment: NodeDeployment?
    /// The loaders of the profile asked for last; nil means: those of the interface's settings.
    public var loaders: BootLoaders?

    public init(
        name: String, macAddresses: [MACAddress], uuid: MachineUUID? = nil, network: IPv4Network? = nil,
        gateway: IPv4Address? = nil, dnsServers: [IPv4Address] = [], domain: String? = nil, hostname: String? = nil,
        timeServers: [IPv4Address] = [], mtu: UInt16? = nil, deployment: NodeDeployment? = nil,
        loaders: BootLoaders? = nil
    ) {
        self.name = name
        self.macAddresses = macAddresses
        self.uuid = uuid
        self.network = network
        self.gateway = gateway
        self.dnsServers = dnsServers
        self.domain = domain
        self.hostname = hostname
        self.timeServers = timeServers
        self.mtu = mtu
        self.deployment = deployment
        self.loaders = loaders
    }
}

/// The part of a deployment that decides what the machine boots.
public struct NodeDeployment: Sendable, Hashable {
    public var profile: String
    public var state: DeploymentState
    public var method: DeploymentMethod

    public init(profile: String, state: DeploymentState, method: DeploymentMethod) {
        self.profile = profile
        self.state = state
        self.method = method
    }

    /// Whether the machine is led to its loader. A system that runs from memory or over the network always is; one that
    /// is installed to disk only until it lies there, also when the firmware keeps on asking the network first: this is
    /// what stops reinstall loops.
    public var bootsFromNetwork: Bool { state.isRunning || method.bootsFromNetwork }
}
