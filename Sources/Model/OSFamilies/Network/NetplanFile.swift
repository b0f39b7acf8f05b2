import DeploymentModel
import MusterBase

/// The plan as netplan reads it, for Ubuntu (netplan-yaml(5), version 2). Names and addresses are of characters that YAML
/// takes as they are; those that it could read as numbers are quoted.
public struct NetplanFile: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    public var files: [NetworkFile] {
        [NetworkFile("/etc/netplan/50-muster.yaml", mode: 0o600, ["network:", "  version: 2"] + sections)]
    }

    private var sections: [String] {
        let kinds = ["ethernets", "bonds", "bridges", "vlans"]
        return kinds.flatMap { kind -> [String] in
            let links = plan.links.filter { Self.section($0) == kind }
            return links.isEmpty ? [] : ["  \(kind):"] + links.flatMap(lines)
        }
    }

    private static func section(_ link: NetworkPlanLink) -> String {
        switch link.kind {
        case .ethernet: "ethernets"
        case .bond: "bonds"
        case .bridge: "bridges"
        case .vlan: "vlans"
        }
    }

    /// The name within the file. Of what is made of others it is the name in the system, too.
    private func identifier(_ label: String) -> String {
        guard let link = plan.link(label), link.kind.isVirtual else { return "\"\(label)\"" }
        return "\"\(link.name)\""
    }

    private func lines(_ link: NetworkPlanLink) -> [String] {
        var lines = ["    \(identifier(link.label)):"]
        func add(_ text: String) { lines.append("      " + text) }
        kind(link).forEach(add)
        if let mtu = link.mtu { add("mtu: \(mtu)") }
        // The boot waits for the node's own address alone.
        if !plan.isNeeded(link) { add("optional: true") }
        if !link.hasAddresses { add("link-local: []") }
        addresses(link).forEach(add)
        routes(link).forEach(add)
        servers(link).forEach(add)
        return lines
    }

    private func kind(_ link: NetworkPlanLink) -> [String] {
        switch link.kind {
        case .ethernet(let address, _): return ["match:", "  macaddress: \"\(address)\""]
        case .bond(let bond):
            return wholeAddress(link) + list("interfaces", bond.members.map(identifier)) + ["parameters:"]
                + bond.options.map(Self.parameter)
        case .bridge(let bridge):
            return wholeAddress(link) + list("interfaces", bridge.ports.map(identifier)) + ["parameters:"]
                + ["  stp: \(bridge.spanningTree)"] + (bridge.spanningTree ? [] : ["  forward-delay: 0"])
        case .vlan(let number, let parent): return ["id: \(number)", "link: \(identifier(parent))"]
        }
    }

    private func wholeAddress(_ link: NetworkPlanLink) -> [String] {
        plan.hardwareAddress(of: link).map { ["macaddress: \"\($0)\""] } ?? []
    }

    private func list(_ key: String, _ values: [String]) -> [String] { ["\(key): [\(values.joined(separator: ", "))]"] }

    private static func parameter(_ option: (name: String, value: String)) -> String {
        switch option.name {
        case "mode": "  mode: \"\(option.value)\""
        case "miimon": "  mii-monitor-interval: \(option.value)"
        case "lacp_rate": "  lacp-rate: \(option.value)"
        default: "  transmit-hash-policy: \"\(option.value)\""
        }
    }

    private func addresses(_ link: NetworkPlanLink) -> [String] {
        var lines: [String] = []
        if link.ipv4 == .dhcp { lines += ["dhcp4: true", "dhcp-identifier: mac"] }
        if link.ipv6 == .auto { lines += ["dhcp6: true", "accept-ra: true"] }
        if link.ipv6.address != nil { lines.append("accept-ra: false") }
        let fixed = [link.ipv4.address.map { "\"\($0)\"" }, link.ipv6.address.map { "\"\($0)\"" }].compactMap(\.self)
        return fixed.isEmpty ? lines : lines + list("addresses", fixed)
    }

    private func routes(_ link: NetworkPlanLink) -> [String] {
        var lines: [String] = []
        if let gateway = link.ipv4.gateway { lines += ["  - to: default", "    via: \"\(gateway)\""] }
        if let gateway = link.ipv6.gateway { lines += ["  - to: \"::/0\"", "    via: \"\(gateway)\""] }
        for route in link.routes {
            lines += ["  - to: \"\(route.network)\"", "    via: \"\(route.gateway)\""]
            if let metric = route.metric { lines.append("    metric: \(metric)") }
        }
        return lines.isEmpty ? [] : ["routes:"] + lines
    }

    private func servers(_ link: NetworkPlanLink) -> [String] {
        guard link.label == plan.main.label, !plan.dnsServers.isEmpty || plan.domain != nil else { return [] }
        var lines = ["nameservers:"]
        if let domain = plan.domain { lines += list("  search", ["\"\(domain)\""]) }
        if !plan.dnsServers.isEmpty { lines += list("  addresses", plan.dnsServers.map { "\"\($0)\"" }) }
        return lines
    }
}
