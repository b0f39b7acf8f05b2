import DeploymentModel
import MusterBase

/// The plan as Enterprise Linux 7 reads it: files of network-scripts (initscripts' sysconfig.txt), which its
/// NetworkManager takes as well. Cards that the machine does not have are left out: the files' names are the links'.
///
/// The scripts, other than NetworkManager, find the number of a VLAN in its name alone: `vlan42`, `bond0.42`.
public struct NetworkScriptsFiles: Sendable {
    private static let directory = "/etc/sysconfig/network-scripts/"
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    public var files: [NetworkFile] {
        plan.links.filter { $0.device != nil }.flatMap { link -> [NetworkFile] in
            let own = NetworkFile(Self.directory + "ifcfg-\(link.name)", lines(link))
            let routes = link.routes.map { route in
                "\(route.network) via \(route.gateway) dev \(link.name)" + (route.metric.map { " metric \($0)" } ?? "")
            }
            return routes.isEmpty ? [own] : [own, NetworkFile(Self.directory + "route-\(link.name)", routes)]
        }
    }

    private func lines(_ link: NetworkPlanLink) -> [String] {
        var lines = ["DEVICE=\(link.name)", "NAME=\(link.name)", "ONBOOT=yes"] + kind(link)
        if let whole = link.controller.flatMap(plan.link) {
            if case .bond = whole.kind {
                lines += ["MASTER=\(whole.name)", "SLAVE=yes"]
            } else {
                lines.append("BRIDGE=\(whole.name)")
            }
        }
        if let mtu = link.mtu { lines.append("MTU=\(mtu)") }
        lines.append("BOOTPROTO=\(link.ipv4 == .dhcp ? "dhcp" : "none")")
        if let address = link.ipv4.address { lines += ["IPADDR=\(address.address)", "PREFIX=\(address.prefixLength)"] }
        if let gateway = link.ipv4.gateway { lines.append("GATEWAY=\(gateway)") }
        lines += ipv6(link)
        guard link.label == plan.main.label else { return lines + (link.ipv4 == .dhcp ? ["DEFROUTE=no"] : []) }
        lines += plan.dnsServers.prefix(3).enumerated().map { "DNS\($0 + 1)=\($1)" }
        if let domain = plan.domain { lines.append("DOMAIN=\(domain)") }
        return lines
    }

    private func kind(_ link: NetworkPlanLink) -> [String] {
        var lines: [String]
        switch link.kind {
        case .ethernet(let address, _): return ["TYPE=Ethernet", "HWADDR=\(address)"]
        case .vlan(let identifier, let parent):
            return ["TYPE=Vlan", "VLAN=yes", "PHYSDEV=\(plan.link(parent)?.name ?? parent)", "VLAN_ID=\(identifier)"]
        case .bond(let bond):
            let options = bond.options.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            lines = ["TYPE=Bond", "BONDING_MASTER=yes", "BONDING_OPTS=\"\(options)\""]
        case .bridge(let bridge):
            lines = ["TYPE=Bridge"] + (bridge.spanningTree ? ["STP=yes"] : ["STP=no", "DELAY=0"])
        }
        if let address = plan.hardwareAddress(of: link) { lines.append("MACADDR=\(address)") }
        return lines
    }

    private func ipv6(_ link: NetworkPlanLink) -> [String] {
        switch link.ipv6 {
        case .unset: return []
        case .auto: return ["IPV6INIT=yes", "IPV6_AUTOCONF=yes"]
        case .fixed(let address, let gateway):
            return ["IPV6INIT=yes", "IPV6_AUTOCONF=no", "IPV6ADDR=\(address)"]
                + (gateway.map { ["IPV6_DEFAULTGW=\($0)"] } ?? [])
        }
    }
}
