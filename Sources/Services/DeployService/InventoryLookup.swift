import Inventory
import InventoryStore
import MusterAPI
import MusterBase
import NodeRange
import Synchronization

/// Reads what deployments need from the inventory. A machine that boots asks for the same some fifty times within a
/// minute, so what was worked out for a node is kept until the inventory changes.
public final class InventoryLookup: NodeLookup {
    private struct Known: Sendable {
        let generation: UInt64
        let settings: NodeSettings
    }

    private let inventory: InventoryStore
    private let known = Mutex<[String: Known]>([:])
    /// Of nodes: some tens of megabytes.
    private let limit: Int

    /// - Parameter limit: how many nodes' settings are kept.
    public init(_ inventory: InventoryStore, limit: Int = 1 << 17) {
        self.inventory = inventory
        self.limit = limit
    }

    public func node(mac: MACAddress) -> String? { inventory.node(mac: mac) }
    public func node(uuid: MachineUUID) -> String? { inventory.node(uuid: uuid) }
    public func isAssigned(_ address: IPv4Address) -> Bool { inventory.node(address: address) != nil }

    public func settings(of node: String) throws -> NodeSettings? {
        let generation = inventory.generation
        if let found = known.withLock({ $0[node] }), found.generation == generation { return found.settings }
        guard let settings = try read(node) else { return nil }
        known.withLock { known in
            if known.count >= limit { known.removeAll(keepingCapacity: true) }
            known[node] = Known(generation: generation, settings: settings)
        }
        return settings
    }

    private func read(_ node: String) throws -> NodeSettings? {
        guard inventory.hasNode(node) else { return nil }
        func text(_ attribute: String) throws -> String? { try inventory.value(attribute, of: node) }
        func list(_ attribute: String) throws -> [String] { listElements(try text(attribute) ?? "") }
        return NodeSettings(
            name: node, hostname: node, domain: try text("dns.domain"),
            uuid: try text("id.uuid").flatMap { MachineUUID($0) }, serial: try text("id.serial"),
            interfaces: try inventory.interfaces(of: node).map(InterfaceConfiguration.init),
            dnsServers: try list("dns.servers").compactMap { IPv4Address($0) }, ntpServers: try list("ntp.servers"),
            timeZone: try text("time.zone"), locale: try text("locale"), keyboard: try text("keyboard"),
            rootKeys: try list("trust.root_keys"),
            rootPasswordCrypt: try inventory.secret("crypted.rootpassword", of: node),
            rearmsAtNetworkBoot: try text("deployment.rearm") != "never",
            diskRule: try text("deployment.disk") ?? "",
            mayWipeDisk: try text("deployment.disk_wipe") == "true")
    }
}

extension InterfaceConfiguration {
    fileprivate init(_ interface: NodeInterface) {
        self.init(
            name: interface.name ?? "", hardwareAddress: interface.macAddress,
            method: interface.method == .dhcp ? .dhcp : .static,
            address: interface.address, gateway: interface.gateway, mtu: interface.mtu,
            systemNames: interface.interfaceNames.compactMap { LinkName($0) }, kind: interface.kind,
            tag: interface.layers.tag, routes: interface.routes, ipv6: interface.ipv6)
    }
}
