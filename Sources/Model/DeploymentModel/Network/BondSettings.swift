/// How the links of a bond share the work. The words are Confluent's for `team_mode`, and alike for the modes that it has not.
public enum BondMode: String, Codable, Sendable, Hashable, CaseIterable {
    case lacp
    case activebackup
    case loadbalance
    case roundrobin
    case broadcast
    case tlb
    case alb

    /// The kernel's name of the mode (Documentation/networking/bonding.rst).
    public var kernelName: String {
        switch self {
        case .lacp: "802.3ad"
        case .activebackup: "active-backup"
        case .loadbalance: "balance-xor"
        case .roundrobin: "balance-rr"
        case .broadcast: "broadcast"
        case .tlb: "balance-tlb"
        case .alb: "balance-alb"
        }
    }

    /// Whether the mode chooses a link by a hash of the packet's addresses.
    public var hashes: Bool { self == .lacp || self == .loadbalance }
}

/// How often the partner of an LACP bond is asked to speak: each second, or each half minute.
public enum LACPRate: String, Codable, Sendable, Hashable, CaseIterable {
    case slow
    case fast
}

/// What of a packet decides by which link of a bond it goes.
public enum BondHashPolicy: String, Codable, Sendable, Hashable, CaseIterable {
    case layer2
    case layer2and3 = "layer2+3"
    case layer3and4 = "layer3+4"
}

/// Several links that are used as one.
public struct BondSettings: Codable, Sendable, Hashable {
    /// Names of other interfaces of the node.
    public var members: [String]
    public var mode: BondMode
    public var lacpRate: LACPRate
    public var hashPolicy: BondHashPolicy

    /// Milliseconds between looks at the members' carrier: without such, a dead link would go on to be used.
    public static let monitorInterval = 100

    /// The mode is by default the one that asks nothing of the switch. `layer2+3` keeps the order of packets, as 802.3ad
    /// wants it.
    public init(
        members: [String], mode: BondMode = .activebackup, lacpRate: LACPRate = .slow,
        hashPolicy: BondHashPolicy = .layer2and3
    ) {
        self.members = members
        self.mode = mode
        self.lacpRate = lacpRate
        self.hashPolicy = hashPolicy
    }

    /// The options that are not the members, by the kernel's names, in a fixed order. Those that the mode does not know are
    /// left out: some programs refuse them.
    public var options: [(name: String, value: String)] {
        var options = [("mode", mode.kernelName), ("miimon", "\(Self.monitorInterval)")]
        if mode == .lacp { options.append(("lacp_rate", lacpRate.rawValue)) }
        if mode.hashes { options.append(("xmit_hash_policy", hashPolicy.rawValue)) }
        return options
    }
}
