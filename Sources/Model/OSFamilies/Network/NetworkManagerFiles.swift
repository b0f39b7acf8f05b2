import DeploymentModel
import MusterBase

/// The plan as keyfiles of NetworkManager (nm-settings-keyfile(5)), for Enterprise Linux 8 and later, Fedora, SUSE 16, and
/// Debian with NetworkManager. NetworkManager reads only those that root alone may read.
public struct NetworkManagerFiles: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    public var files: [NetworkFile] {
        plan.links.map { link in
            NetworkFile(
                "/etc/NetworkManager/system-connections/muster-\(link.label).nmconnection", mode: 0o600, lines(link))
        }
    }

    /// The same for the same link, in each installation: what refers to the connection stays right.
    static func identifier(of link: NetworkPlanLink) -> String {
        var text = "muster \(link.label) "
        if case .ethernet(let address, _) = link.kind { text += "\(address)" } else { text += link.name }
        let high = fnv(text.utf8, 0xcbf2_9ce4_8422_2325)
        let low = fnv(text.utf8.reversed(), high)
        // The form of a version 8 UUID (RFC 9562, section 5.8).
        return MachineUUID(
            high: high & ~0xF000 | 0x8000, low: low & ~(3 << 62) | 2 << 62
        ).description
    }

    /// FNV-1a: no secret depends on it.
    private static func fnv(_ octets: some Sequence<UInt8>, _ begin: UInt64) -> UInt64 {
        octets.reduce(begin) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    private func lines(_ link: NetworkPlanLink) -> [String] {
        connection(link) + kind(link) + ipv4(link) + ipv6(link)
    }

    private func connection(_ link: NetworkPlanLink) -> [String] {
        var lines = [
            "[connection]", "id=muster-\(link.label)", "uuid=\(Self.identifier(of: link))", "type=\(Self.type(link))",
            // Before the connections that the system or its installer made up.
            "autoconnect-priority=100",
        ]
        if link.kind.isVirtual { lines.append("interface-name=\(link.name)") }
        if let whole = link.controller.flatMap(plan.link) {
            lines += ["master=\(Self.identifier(of: whole))", "slave-type=\(Self.type(whole))"]
        }
        // The whole waits for nobody to start it.
        if !plan.parts(of: link).isEmpty { lines.append("autoconnect-slaves=1") }
        return lines
    }

    private static func type(_ link: NetworkPlanLink) -> String {
        switch link.kind {
        case .ethernet: "ethernet"
        case .bond: "bond"
        case .bridge: "bridge"
        case .vlan: "vlan"
        }
    }

    private func kind(_ link: NetworkPlanLink) -> [String] {
        var ethernet: [String] = []
        var further: [String] = []
        switch link.kind {
        case .ethernet(let address, _): ethernet.append("mac-address=\(address)")
        case .bond(let bond):
            further = ["", "[bond]"] + bond.options.map { "\($0.name)=\($0.value)" }
        case .bridge(let bridge):
            further = ["", "[bridge]", "stp=\(bridge.spanningTree)"]
        case .vlan(let identifier, let parent):
            let below = plan.link(parent).map(Self.identifier) ?? parent
            further = ["", "[vlan]", "id=\(identifier)", "parent=\(below)"]
        }
        if !plan.parts(of: link).isEmpty, let address = plan.hardwareAddress(of: link) {
            ethernet.append("cloned-mac-address=\(address)")
        }
        if let mtu = link.mtu { ethernet.append("mtu=\(mtu)") }
        return (ethernet.isEmpty ? [] : ["", "[ethernet]"] + ethernet) + further
    }

    private func ipv4(_ link: NetworkPlanLink) -> [String] {
        // A part has no such section.
        if link.controller != nil { return [] }
        var lines = ["", "[ipv4]"]
        switch link.ipv4 {
        case .none: lines.append("method=disabled")
        case .dhcp: lines += ["method=auto", "dhcp-client-id=mac"]
        case .fixed(let address, let gateway):
            lines += ["method=manual", "address1=\(address)" + (gateway.map { ",\($0)" } ?? "")]
        }
        for (index, route) in link.routes.enumerated() where link.ipv4 != .none {
            let metric = route.metric.map { ",\($0)" } ?? ""
            lines.append("route\(index + 1)=\(route.network),\(route.gateway)\(metric)")
        }
        if link.ipv4 != .none, link.label == plan.main.label {
            if !plan.dnsServers.isEmpty { lines.append("dns=" + plan.dnsServers.map { "\($0);" }.joined()) }
            if let domain = plan.domain { lines.append("dns-search=\(domain);") }
        }
        return lines
    }

    private func ipv6(_ link: NetworkPlanLink) -> [String] {
        if link.controller != nil { return [] }
        var lines = ["", "[ipv6]"]
        switch link.ipv6 {
        case .unset: lines.append(link.hasAddresses ? "method=auto" : "method=disabled")
        case .auto: lines.append("method=auto")
        case .fixed(let address, let gateway):
            lines += ["method=manual", "address1=\(address)" + (gateway.map { ",\($0)" } ?? "")]
        }
        return lines
    }
}
