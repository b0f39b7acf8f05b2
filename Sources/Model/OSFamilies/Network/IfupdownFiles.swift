import DeploymentModel
import MusterBase

/// The plan as ifupdown reads it (interfaces(5)), for Debian's servers.
///
/// Bonds, bridges and VLANs are made by ip(8), on which ifupdown depends: the packages ifenslave, bridge-utils and vlan, which
/// would give ifupdown words of its own for them, are not in a new system. Cards that the machine does not have are left
/// out: ifupdown knows names alone.
public struct IfupdownFiles: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    public var files: [NetworkFile] {
        let links = plan.links.filter { $0.device != nil }
        let body = links.flatMap { [""] + stanzas($0) }
        var files = [
            NetworkFile(
                "/etc/network/interfaces",
                ["source /etc/network/interfaces.d/*", "", "auto lo", "iface lo inet loopback"]),
            NetworkFile("/etc/network/interfaces.d/muster", ["# Of this machine, by Muster."] + body),
        ]
        if !plan.asksDHCP, let resolver = ResolverFile(plan).file { files.append(resolver) }
        return files
    }

    private func stanzas(_ link: NetworkPlanLink) -> [String] {
        let name = link.name
        // What the node needs is awaited; another card may be missing.
        let isNeeded =
            link.kind.isVirtual || plan.isNeeded(link) || link.controller != nil || !plan.vlans(on: link).isEmpty
        var lines = ["\(isNeeded ? "auto" : "allow-hotplug") \(name)"]
        let method =
            switch link.ipv4 {
            case .none: "manual"
            case .dhcp: "dhcp"
            case .fixed: "static"
            }
        lines.append("iface \(name) inet \(method)")
        func add(_ text: String) { lines.append("    " + text) }
        if let address = link.ipv4.address { add("address \(address)") }
        if let gateway = link.ipv4.gateway { add("gateway \(gateway)") }
        if link.ipv4 != .none { servers(link).forEach(add) }
        commands(link).forEach(add)
        for route in link.routes where link.ipv4 != .none {
            let metric = route.metric.map { " metric \($0)" } ?? ""
            add("up ip route add \(route.network) via \(route.gateway) dev \(name)\(metric)")
        }
        return lines + ipv6(link)
    }

    private func servers(_ link: NetworkPlanLink) -> [String] {
        guard link.label == plan.main.label else { return [] }
        let servers = plan.dnsServers.map { "\($0)" }.joined(separator: " ")
        return (servers.isEmpty ? [] : ["dns-nameservers \(servers)"])
            + (plan.domain.map { ["dns-search \($0)"] } ?? [])
    }

    /// A link that is there already is no fault: `ifup` may have failed halfway before.
    private func commands(_ link: NetworkPlanLink) -> [String] {
        let name = link.name
        var lines: [String] = []
        let address = plan.hardwareAddress(of: link).map { " address \($0)" } ?? ""
        switch link.kind {
        case .ethernet: break
        case .bond(let bond):
            let options = bond.options.map { "\($0.name) \($0.value)" }.joined(separator: " ")
            lines.append(Self.make(name, "ip link add \(name)\(address) type bond \(options)"))
            lines += plan.parts(of: link).flatMap { part in
                // Cards join a bond only while they are off.
                ["pre-up ip link set \(part.name) down", "pre-up ip link set \(part.name) master \(name)"]
            }
        case .bridge(let bridge):
            let tree = bridge.spanningTree ? "stp_state 1" : "stp_state 0 forward_delay 0"
            lines.append(Self.make(name, "ip link add \(name)\(address) type bridge \(tree)"))
            lines += plan.parts(of: link).map { "pre-up ip link set \($0.name) master \(name)" }
        case .vlan(let identifier, let parent):
            let below = plan.link(parent)?.name ?? parent
            lines += ["pre-up ip link set \(below) up"]
            lines.append(Self.make(name, "ip link add link \(below) name \(name) type vlan id \(identifier)"))
        }
        if let mtu = link.mtu { lines.append("pre-up ip link set \(name) mtu \(mtu)") }
        lines += plan.parts(of: link).map { "up ip link set \($0.name) up" }
        if link.ipv4 == .none { lines.append("up ip link set \(name) up") }
        if link.kind.isVirtual { lines.append("post-down ip link delete \(name) || true") }
        return lines
    }

    private static func make(_ name: String, _ command: String) -> String {
        "pre-up test -e /sys/class/net/\(name) || \(command)"
    }

    private func ipv6(_ link: NetworkPlanLink) -> [String] {
        switch link.ipv6 {
        case .unset: return []
        case .auto: return ["iface \(link.name) inet6 auto"]
        case .fixed(let address, let gateway):
            return ["iface \(link.name) inet6 static", "    address \(address)", "    accept_ra 0"]
                + (gateway.map { ["    gateway \($0)"] } ?? [])
        }
    }
}

/// /etc/resolv.conf, where no program writes it (resolv.conf(5)).
public struct ResolverFile: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    /// Nil without name servers.
    public var file: NetworkFile? {
        guard !plan.dnsServers.isEmpty else { return nil }
        let search = plan.domain.map { ["search \($0)"] } ?? []
        return NetworkFile("/etc/resolv.conf", search + plan.dnsServers.map { "nameserver \($0)" })
    }
}
