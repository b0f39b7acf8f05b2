import DeploymentModel
import MusterBase

/// The plan as SUSE 15 reads it: wicked's files (ifcfg(5), ifcfg-bonding(5), ifcfg-bridge(5), ifcfg-vlan(5), routes(5)).
/// Cards that the machine does not have are left out: the files' names are the links'.
public struct WickedFiles: Sendable {
    private static let directory = "/etc/sysconfig/network/"
    /// Where netconfig(8) has its settings, among others that stay.
    public static let settingsPath = directory + "config"
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    public var files: [NetworkFile] {
        plan.links.filter { $0.device != nil }.flatMap { link -> [NetworkFile] in
            let own = NetworkFile(Self.directory + "ifcfg-\(link.name)", lines(link).map { "\($0.0)='\($0.1)'" })
            let routes = routes(link)
            return routes.isEmpty ? [own] : [own, NetworkFile(Self.directory + "ifroute-\(link.name)", routes)]
        }
    }

    /// The settings of netconfig with the name servers and the domain of the plan.
    ///
    /// - Parameter text: What ``settingsPath`` holds.
    public func settings(in text: String) -> String {
        let servers = plan.dnsServers.map { "\($0)" }.joined(separator: " ")
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        for (key, value) in [
            ("NETCONFIG_DNS_STATIC_SERVERS", servers), ("NETCONFIG_DNS_STATIC_SEARCHLIST", plan.domain?.text ?? ""),
        ] where !value.isEmpty {
            let line = "\(key)=\"\(value)\""
            if let place = lines.lastIndex(where: { $0.hasPrefix(key + "=") }) {
                lines[place] = line
            } else {
                lines.append(line)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(_ link: NetworkPlanLink) -> [(String, String)] {
        // A part has no addresses, and is started with the whole.
        var lines = [("STARTMODE", link.controller == nil ? "auto" : "hotplug"), ("BOOTPROTO", protocolName(link))]
        lines += kind(link)
        if let address = link.ipv4.address { lines.append(("IPADDR", "\(address)")) }
        if let address = link.ipv6.address { lines.append(("IPADDR_6", "\(address)")) }
        if let mtu = link.mtu { lines.append(("MTU", "\(mtu)")) }
        if link.ipv4 == .dhcp, link.label != plan.main.label { lines.append(("DHCLIENT_SET_DEFAULT_ROUTE", "no")) }
        return lines
    }

    private func protocolName(_ link: NetworkPlanLink) -> String {
        if link.ipv4 == .dhcp { return link.ipv6 == .auto ? "dhcp" : "dhcp4" }
        if link.ipv4.address != nil || link.ipv6 != .unset { return "static" }
        // A link without addresses is to be up when a VLAN is on it.
        return link.controller == nil ? "static" : "none"
    }

    private func kind(_ link: NetworkPlanLink) -> [(String, String)] {
        var lines: [(String, String)]
        switch link.kind {
        case .ethernet: return []
        case .vlan(let identifier, let parent):
            return [("ETHERDEVICE", plan.link(parent)?.name ?? parent), ("VLAN_ID", "\(identifier)")]
        case .bond(let bond):
            lines = [("BONDING_MASTER", "yes")]
            lines += plan.parts(of: link).enumerated().map { ("BONDING_SLAVE_\($0)", $1.name) }
            lines.append(
                ("BONDING_MODULE_OPTS", bond.options.map { "\($0.name)=\($0.value)" }.joined(separator: " ")))
        case .bridge(let bridge):
            let ports = plan.parts(of: link).map(\.name).joined(separator: " ")
            lines = [("BRIDGE", "yes"), ("BRIDGE_PORTS", ports), ("BRIDGE_STP", bridge.spanningTree ? "on" : "off")]
            if !bridge.spanningTree { lines.append(("BRIDGE_FORWARDDELAY", "0")) }
        }
        if let address = plan.hardwareAddress(of: link) { lines.append(("LLADDR", "\(address)")) }
        return lines
    }

    /// Destination, gateway, netmask, interface, kind, options.
    private func routes(_ link: NetworkPlanLink) -> [String] {
        let own = link.routes.map { route in
            let metric = route.metric.map { " unicast metric \($0)" } ?? ""
            return "\(route.network) \(route.gateway) - \(link.name)\(metric)"
        }
        let all = [link.ipv4.gateway.map { "\($0)" }, link.ipv6.gateway.map { "\($0)" }].compactMap(\.self)
        return all.map { "default \($0) - \(link.name)" } + own
    }
}
