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
    /// Octets.
    public let mtu: Int?
    public let vlan: Int?
    /// Names in the operating system.
    public let interfaceNames: [String]
    /// The host name of this interface's address, if not the node's.
    public let hostName: String?
}

extension Inventory {
    /// The interfaces of a node: the one it boots from first, the others in the order of their names.
    public func interfaces(of node: String) throws(MusterError) -> [NodeInterface] {
        let resolution = try resolution(node)
        var names: Set<String> = []
        try resolution.forEachEntry { (entry: AttributeTable.Entry, _: AttributeSource) throws(MusterError) in
            let parts = entry.attribute.name.split(separator: ".")
            if parts.count == 3, parts[0] == "net" { names.insert(String(parts[1])) }
        }
        var interfaces = [try interface(nil, resolution)]
        for name in NodeSet(names) { interfaces.append(try interface(name, resolution)) }
        return interfaces
    }

    /// The interface that a node boots from, without a look at the others.
    public func bootInterface(of node: String) throws(MusterError) -> NodeInterface {
        try interface(nil, try resolution(node))
    }

    private func interface(
        _ name: String?, _ resolution: AttributeResolution<InventoryTables>
    ) throws(MusterError) -> NodeInterface {
        func text(_ part: String) throws(MusterError) -> String? {
            let full = name.map { "net.\($0).\(part)" } ?? "net.\(part)"
            return try registry.find(full).flatMap { (attribute) throws(MusterError) in try resolution.text(attribute) }
        }
        return NodeInterface(
            name: name, macAddress: try text("hwaddr").flatMap { MACAddress($0) },
            address: try text("ipv4_address").flatMap { readIPv4WithPrefix($0) },
            gateway: try text("ipv4_gateway").flatMap { IPv4Address($0) },
            method: try text("ipv4_method").flatMap { NodeInterface.Method(rawValue: $0) } ?? .static,
            mtu: try text("mtu").flatMap { Int($0) }, vlan: try text("vlan_id").flatMap { Int($0) },
            interfaceNames: listElements(try text("interface_names") ?? ""), hostName: try text("hostname"))
    }
}
