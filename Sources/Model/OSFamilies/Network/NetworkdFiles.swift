import DeploymentModel
import MusterBase

/// The plan in the words of systemd-networkd (systemd.network(5), systemd.netdev(5)): one file a link, and one more for each
/// that is made of others.
public struct NetworkdFiles: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    public var files: [NetworkFile] {
        plan.links.enumerated().flatMap { index, link in
            let stem = "/etc/systemd/network/05-muster-\(index)-\(link.label)"
            let device = device(link).map { [NetworkFile(stem + ".netdev", $0)] } ?? []
            return [NetworkFile(stem + ".network", network(link))] + device
        }
    }

    // MARK: Making a link

    private func device(_ link: NetworkPlanLink) -> [String]? {
        let kind: (name: String, lines: [String])
        switch link.kind {
        case .ethernet: return nil
        case .bond(let bond): kind = ("bond", ["[Bond]"] + Self.options(bond))
        case .bridge(let bridge):
            kind = (
                "bridge",
                ["[Bridge]", "STP=\(bridge.spanningTree ? "yes" : "no")"]
                    + (bridge.spanningTree ? [] : ["ForwardDelaySec=0"])
            )
        case .vlan(let identifier, _): kind = ("vlan", ["[VLAN]", "Id=\(identifier)"])
        }
        var lines = ["[NetDev]", "Name=\(link.name)", "Kind=\(kind.name)"]
        let isVLAN = if case .vlan = link.kind { true } else { false }
        if !isVLAN, let address = plan.hardwareAddress(of: link) { lines.append("MACAddress=\(address)") }
        if let mtu = link.mtu { lines.append("MTUBytes=\(mtu)") }
        return lines + [""] + kind.lines
    }

    private static func options(_ bond: BondSettings) -> [String] {
        bond.options.map { option in
            switch option.name {
            case "mode": "Mode=\(option.value)"
            case "miimon": "MIIMonitorSec=\(option.value)ms"
            case "lacp_rate": "LACPTransmitRate=\(option.value)"
            default: "TransmitHashPolicy=\(option.value)"
            }
        }
    }

    // MARK: Its addresses

    private func network(_ link: NetworkPlanLink) -> [String] {
        var lines = match(link) + ["", "[Link]"]
        if let mtu = link.mtu { lines.append("MTUBytes=\(mtu)") }
        lines.append("RequiredForOnline=\(link.label == plan.main.label ? "yes" : "no")")
        lines += ["", "[Network]"] + attachments(link)
        if !link.hasAddresses { return lines + ["LinkLocalAddressing=no", "ConfigureWithoutCarrier=no"] }
        lines += addresses(link) + shared(link)
        for route in link.routes {
            lines += ["", "[Route]", "Destination=\(route.network)", "Gateway=\(route.gateway)"]
            if let metric = route.metric { lines.append("Metric=\(metric)") }
        }
        guard link.ipv4 == .dhcp else { return lines }
        // The address that this machine has already: the server knows it by its hardware address.
        return lines + ["", "[DHCPv4]", "ClientIdentifier=mac", "UseHostname=no"]
    }

    /// A member of a bond has the bond's address later on.
    private func match(_ link: NetworkPlanLink) -> [String] {
        guard case .ethernet(let address, let isPermanent) = link.kind else { return ["[Match]", "Name=\(link.name)"] }
        let key = isPermanent && link.controller != nil ? "PermanentMACAddress" : "MACAddress"
        return ["[Match]", "\(key)=\(address)", "Type=ether"]
    }

    private func attachments(_ link: NetworkPlanLink) -> [String] {
        var lines = plan.vlans(on: link).map { "VLAN=\($0.name)" }
        if let whole = link.controller.flatMap(plan.link) {
            let isBond = if case .bond = whole.kind { true } else { false }
            lines.append("\(isBond ? "Bond" : "Bridge")=\(whole.name)")
        }
        return lines
    }

    private func addresses(_ link: NetworkPlanLink) -> [String] {
        var lines: [String] = []
        switch link.ipv4 {
        case .none: break
        case .dhcp: lines.append("DHCP=ipv4")
        case .fixed(let address, let gateway):
            lines.append("Address=\(address)")
            if let gateway { lines.append("Gateway=\(gateway)") }
        }
        switch link.ipv6 {
        case .unset: break
        case .auto: lines.append("IPv6AcceptRA=yes")
        case .fixed(let address, let gateway):
            lines += ["IPv6AcceptRA=no", "Address=\(address)"]
            if let gateway { lines.append("Gateway=\(gateway)") }
        }
        return lines
    }

    /// What is given once, with the link that has the node's own address.
    private func shared(_ link: NetworkPlanLink) -> [String] {
        guard link.label == plan.main.label else { return [] }
        return plan.dnsServers.map { "DNS=\($0)" } + (plan.domain.map { ["Domains=\($0)"] } ?? [])
            + plan.timeServers.map { "NTP=\($0)" }
    }
}
