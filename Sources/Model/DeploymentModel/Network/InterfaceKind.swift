import MusterBase

/// A switch within the machine, for virtual machines and containers.
public struct BridgeSettings: Codable, Sendable, Hashable {
    /// Names of other interfaces of the node.
    public var ports: [String]
    /// Whether it speaks the spanning tree protocol.
    public var spanningTree: Bool

    public init(ports: [String], spanningTree: Bool = false) {
        self.ports = ports
        self.spanningTree = spanningTree
    }
}

/// A tagged network on another interface.
public struct VLANSettings: Codable, Sendable, Hashable {
    /// From ``VLANSettings/identifiers``.
    public var identifier: Int
    /// The name of another interface of the node.
    public var parent: String

    public static let identifiers = 1...4094

    public init(identifier: Int, parent: String) {
        self.identifier = identifier
        self.parent = parent
    }
}

/// What an interface of a node is made of: of one thing only.
public enum InterfaceKind: Sendable, Hashable {
    /// A network card.
    case link
    case bond(BondSettings)
    case bridge(BridgeSettings)
    case vlan(VLANSettings)

    /// The name that the link stands under by which the node boots, whatever is made of it.
    public static let bootLink = "boot"

    /// What a bond, bridge or VLAN is called in the operating system.
    ///
    /// - Parameters:
    ///   - given: What somebody chose.
    ///   - name: The `<name>` of `net.<name>.…`; nil for the boot interface.
    /// - Returns: nil where that cannot be a link's name, and for cards, which have theirs.
    public func deviceName(given: String?, name: String?) -> LinkName? {
        switch self {
        case .link: nil
        case .bond: LinkName(given ?? name ?? "bond0")
        case .bridge: LinkName(given ?? name ?? "br0")
        case .vlan(let vlan): LinkName(given ?? name ?? "vlan\(vlan.identifier)")
        }
    }

    /// The interfaces that it is made of.
    public var parts: [String] {
        switch self {
        case .link: []
        case .bond(let bond): bond.members
        case .bridge(let bridge): bridge.ports
        case .vlan(let vlan): [vlan.parent]
        }
    }
}

extension InterfaceKind: Codable {
    private struct Form: Codable {
        var bond: BondSettings?
        var bridge: BridgeSettings?
        var vlan: VLANSettings?
    }

    /// Refuses what would be two things at once, and a VLAN without a number of its own.
    public init(from decoder: any Decoder) throws {
        let form = try Form(from: decoder)
        switch (form.bond, form.bridge, form.vlan) {
        case (nil, nil, nil): self = .link
        case (let bond?, nil, nil): self = .bond(bond)
        case (nil, let bridge?, nil): self = .bridge(bridge)
        case (nil, nil, let vlan?) where VLANSettings.identifiers.contains(vlan.identifier): self = .vlan(vlan)
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no kind of interface is made so"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var form = Form()
        switch self {
        case .link: break
        case .bond(let bond): form.bond = bond
        case .bridge(let bridge): form.bridge = bridge
        case .vlan(let vlan): form.vlan = vlan
        }
        try form.encode(to: encoder)
    }
}
