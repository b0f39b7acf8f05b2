import DeploymentModel
import MusterBase
import NodeRange

/// The network attributes of one interface of a node, with their types.
public struct NodeInterface: Sendable, Hashable {
    public enum Method: String, Sendable, Hashable {
        case `static`
        case dhcp
    }

    /// The `<name>` of `net.<name>.…`; nil for the interface that the node boots from (`net.…`).
    public let name: String?
    public let macAddress: MACAddress?
    public let address: IPv4Network?
    public let gateway: IPv4Address?
    public let method: Method
    public let routes: [StaticRoute]
    public let ipv6: IPv6Settings
    /// Octets.
    public let mtu: Int?
    /// What it is made of, as the attributes say it.
    public let layers: InterfaceLayers
    /// Names in the operating system.
    public let interfaceNames: [String]
    /// The host name of this interface's address, if not the node's.
    public let hostName: String?

    /// The tagged VLAN of its addresses.
    public var vlan: Int? { layers.vlan }

    /// The name by which other interfaces mean it.
    public var reference: String { name ?? InterfaceKind.bootLink }

    /// What it is made of. What the boot interface is made of has the boot link in it.
    public var kind: InterfaceKind {
        guard name == nil else { return layers.kind }
        var layers = layers
        if !layers.members.isEmpty { layers.members = Self.withBootLink(layers.members) }
        if !layers.ports.isEmpty { layers.ports = Self.withBootLink(layers.ports) }
        return layers.kind
    }

    private static func withBootLink(_ names: [String]) -> [String] {
        names.contains(InterfaceKind.bootLink) ? names : [InterfaceKind.bootLink] + names
    }

    /// What the bond, bridge or VLAN is called in the operating system; nil where the name cannot be one, and for cards.
    var deviceName: LinkName? { kind.deviceName(given: interfaceNames.first, name: name) }
}

/// The attributes that say what an interface is made of. They may contradict each other: see ``LayoutCheck``.
public struct InterfaceLayers: Sendable, Hashable {
    public var vlan: Int?
    public var parent: String?
    public var members: [String] = []
    public var mode: BondMode?
    public var lacpRate: LACPRate?
    public var hashPolicy: BondHashPolicy?
    public var ports: [String] = []
    public var spanningTree = false

    /// Where attributes contradict each other, the bond goes before the bridge, and both before the VLAN of a parent.
    public var kind: InterfaceKind {
        if !members.isEmpty {
            return .bond(
                BondSettings(
                    members: members, mode: mode ?? .activebackup, lacpRate: lacpRate ?? .slow,
                    hashPolicy: hashPolicy ?? .layer2and3))
        }
        if !ports.isEmpty { return .bridge(BridgeSettings(ports: ports, spanningTree: spanningTree)) }
        if let vlan, let parent { return .vlan(VLANSettings(identifier: vlan, parent: parent)) }
        return .link
    }

    /// The VLAN on the interface itself.
    public var tag: Int? { if case .vlan = kind { nil } else { vlan } }
}

extension Inventory {
    /// The interfaces of a node: the one it boots from first, the others in the order of their names.
    public func interfaces(of node: String) throws(MusterError) -> [NodeInterface] {
        try resolution(node).interfaces()
    }

    /// The interface that a node boots from, without a look at the others.
    public func bootInterface(of node: String) throws(MusterError) -> NodeInterface {
        try resolution(node).interface(nil)
    }
}

extension AttributeResolution {
    /// The interface that the node boots from first, the others in the order of their names.
    func interfaces() throws(MusterError) -> [NodeInterface] {
        var names: Set<String> = []
        try forEachEntry { (entry: AttributeTable.Entry, _: AttributeSource) throws(MusterError) in
            let parts = entry.attribute.name.split(separator: ".")
            if parts.count == 3, parts[0] == "net" { names.insert(String(parts[1])) }
        }
        var interfaces = [try interface(nil)]
        for name in NodeSet(names) { interfaces.append(try interface(name)) }
        return interfaces
    }

    func interface(_ name: String?) throws(MusterError) -> NodeInterface {
        let reader = InterfaceReader(resolution: self, prefix: name.map { "net.\($0)." } ?? "net.")
        return NodeInterface(
            name: name, macAddress: try reader.text("hwaddr").flatMap { MACAddress($0) },
            address: try reader.text("ipv4_address").flatMap { readIPv4WithPrefix($0) },
            gateway: try reader.text("ipv4_gateway").flatMap { IPv4Address($0) },
            method: try reader.text("ipv4_method").flatMap { NodeInterface.Method(rawValue: $0) } ?? .static,
            routes: try reader.list("ipv4_routes").compactMap { StaticRoute($0) }, ipv6: try reader.ipv6(),
            mtu: try reader.text("mtu").flatMap { Int($0) }, layers: try reader.layers(),
            interfaceNames: try reader.list("interface_names"), hostName: try reader.text("hostname"))
    }
}

/// Reads the attributes of one interface.
private struct InterfaceReader<Tables: AttributeTables> {
    let resolution: AttributeResolution<Tables>
    let prefix: String

    func text(_ part: String) throws(MusterError) -> String? {
        guard let attribute = resolution.tables.registry.find(prefix + part) else { return nil }
        return try resolution.text(attribute)
    }

    func list(_ part: String) throws(MusterError) -> [String] { listElements(try text(part) ?? "") }

    func ipv6() throws(MusterError) -> IPv6Settings {
        let address = try text("ipv6_address").flatMap { IPv6Network($0) }
        let gateway = try text("ipv6_gateway").flatMap { IPv6Address($0) }
        if try text("ipv6_method") == "auto" { return .auto }
        return address.map { .fixed($0, gateway: gateway) } ?? .unset
    }

    func layers() throws(MusterError) -> InterfaceLayers {
        InterfaceLayers(
            vlan: try text("vlan_id").flatMap { Int($0) }, parent: try text("vlan_parent"),
            members: try list("team_members"), mode: try text("team_mode").flatMap { BondMode(rawValue: $0) },
            lacpRate: try text("team_lacp_rate").flatMap { LACPRate(rawValue: $0) },
            hashPolicy: try text("team_hash_policy").flatMap { BondHashPolicy(rawValue: $0) },
            ports: try list("bridge_ports"), spanningTree: try text("bridge_stp") == "true")
    }
}
