import DeploymentModel
import MusterBase

/// The plan as the section `networking` of an AutoYaST profile, for SUSE 12 and 15 (AutoYaST guide, "Network
/// configuration"). Cards that the machine does not have are left out: links are given by their names, which rules for udev
/// tie to the cards' addresses.
public struct AutoYaSTNetwork: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    /// One element, to stand within `<profile>`, which declares the namespace `config`.
    ///
    /// - Parameter hostName: The short one.
    public func lines(hostName: SearchDomain?) -> [String] {
        let links = plan.links.filter { $0.device != nil }
        return Self.element(
            "networking",
            ["<keep_install_network config:type=\"boolean\">false</keep_install_network>"]
                + dns(hostName) + Self.list("interfaces", links.map { Self.element("interface", interface($0)) })
                + Self.list("net-udev", links.compactMap(rule)) + routing(links))
    }

    // Values are of characters that stand for themselves in XML.
    private static func element(_ name: String, _ lines: [String]) -> [String] {
        ["<\(name)>"] + lines.map { "  " + $0 } + ["</\(name)>"]
    }

    private static func list(_ name: String, _ elements: [[String]]) -> [String] {
        guard !elements.isEmpty else { return [] }
        return ["<\(name) config:type=\"list\">"] + elements.joined().map { "  " + $0 } + ["</\(name)>"]
    }

    private static func value(_ name: String, _ value: some CustomStringConvertible) -> String {
        "<\(name)>\(value)</\(name)>"
    }

    private func dns(_ hostName: SearchDomain?) -> [String] {
        var lines: [String] = []
        if let hostName { lines.append(Self.value("hostname", hostName)) }
        if let domain = plan.domain { lines.append(Self.value("domain", domain)) }
        lines += Self.list("nameservers", plan.dnsServers.map { [Self.value("nameserver", $0)] })
        lines += Self.list("searchlist", plan.domain.map { [[Self.value("search", $0)]] } ?? [])
        return lines.isEmpty ? [] : Self.element("dns", lines)
    }

    private func interface(_ link: NetworkPlanLink) -> [String] {
        var lines: [String] = []
        switch link.ipv4 {
        case .none: lines.append(Self.value("bootproto", link.controller == nil ? "static" : "none"))
        case .dhcp: lines.append(Self.value("bootproto", "dhcp4"))
        case .fixed(let address, _):
            lines += [
                Self.value("bootproto", "static"), Self.value("ipaddr", address.address),
                Self.value("prefixlen", address.prefixLength),
            ]
        }
        lines += [
            Self.value("device", link.name), Self.value("startmode", link.controller == nil ? "auto" : "hotplug"),
        ]
        if let mtu = link.mtu { lines.append(Self.value("mtu", mtu)) }
        lines += kind(link)
        guard let address = link.ipv6.address else { return lines }
        return lines
            + Self.element(
                "aliases",
                Self.element(
                    "alias6",
                    [Self.value("IPADDR", address.address), Self.value("PREFIXLEN", address.prefixLength)]))
    }

    private func kind(_ link: NetworkPlanLink) -> [String] {
        let parts = plan.parts(of: link).map(\.name)
        switch link.kind {
        case .ethernet: return []
        case .bond(let bond):
            let options = bond.options.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            return [Self.value("bonding_master", "yes"), Self.value("bonding_module_opts", options)]
                + parts.enumerated().map { Self.value("bonding_slave\($0)", $1) }
        case .bridge(let bridge):
            return [
                Self.value("bridge", "yes"), Self.value("bridge_ports", parts.joined(separator: " ")),
                Self.value("bridge_stp", bridge.spanningTree ? "on" : "off"),
            ] + (bridge.spanningTree ? [] : [Self.value("bridge_forwarddelay", 0)])
        case .vlan(let identifier, let parent):
            return [Self.value("etherdevice", plan.link(parent)?.name ?? parent), Self.value("vlan_id", identifier)]
        }
    }

    private func rule(_ link: NetworkPlanLink) -> [String]? {
        guard case .ethernet(let address, _) = link.kind else { return nil }
        return Self.element(
            "rule",
            [Self.value("name", link.name), Self.value("rule", "ATTR{address}"), Self.value("value", address)])
    }

    private func routing(_ links: [NetworkPlanLink]) -> [String] {
        let routes = links.flatMap { link -> [[String]] in
            let all = [link.ipv4.gateway.map { "\($0)" }, link.ipv6.gateway.map { "\($0)" }].compactMap(\.self)
            return all.map { Self.route("default", via: $0, link, nil) }
                + link.routes.map { Self.route("\($0.network)", via: "\($0.gateway)", link, $0.metric) }
        }
        return routes.isEmpty ? [] : Self.element("routing", Self.list("routes", routes))
    }

    private static func route(
        _ destination: String, via gateway: String, _ link: NetworkPlanLink, _ metric: Int?
    ) -> [String] {
        element(
            "route",
            [
                value("destination", destination), value("gateway", gateway), value("netmask", "-"),
                value("device", link.name),
            ] + (metric.map { [value("extrapara", "metric \($0)")] } ?? []))
    }
}
