import DeploymentModel
import MusterBase

/// The plan in the words of ESXi: the `network` line of its installation script, and commands for its first start (ESXi
/// installation guide; esxcli reference).
///
/// ESXi has switches in the place of bonds and bridges: the cards of the bond or bridge that the node boots by become uplinks of
/// `vSwitch0`, on which the management interface `vmk0` is. ESXi has no LACP on such a switch. Further links are its
/// administrators' affair.
public struct ESXiNetwork: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    /// For the installation script.
    ///
    /// - Parameter hostName: The full one.
    public func line(hostName: SearchDomain?) -> String {
        var words = ["network"]
        switch plan.main.ipv4 {
        case .fixed(let address, let gateway):
            words += ["--bootproto=static", "--ip=\(address.address)", "--netmask=\(address.mask)"]
            if let gateway { words.append("--gateway=\(gateway)") }
            if !plan.dnsServers.isEmpty {
                words.append("--nameserver=" + plan.dnsServers.prefix(2).map { "\($0)" }.joined(separator: ","))
            }
        case .none, .dhcp: words.append("--bootproto=dhcp")
        }
        if let hostName { words.append("--hostname=\(hostName)") }
        words.append("--device=\(plan.boot.permanentAddress ?? plan.boot.hardwareAddress)")
        if let tag { words.append("--vlanid=\(tag)") }
        return (words + ["--addvmportgroup=0"]).joined(separator: " ")
    }

    /// For the first start.
    ///
    /// - Parameter cards: What ESXi calls its cards, such as `vmnic1`, by their addresses.
    public func commands(cards: [MACAddress: LinkName]) -> [[String]] {
        let uplinks = members.compactMap { cards[$0] }
        var commands = uplinks.map { card in
            ["network", "vswitch", "standard", "uplink", "add", "--vswitch-name=vSwitch0", "--uplink-name=\(card)"]
        }
        let own = plan.boot.permanentAddress.flatMap { cards[$0] } ?? cards[plan.boot.hardwareAddress]
        if let own, let policy = policy(own, uplinks) {
            commands.append(
                ["network", "vswitch", "standard", "policy", "failover", "set", "--vswitch-name=vSwitch0"] + policy)
        }
        if let mtu = plan.main.mtu {
            commands += [
                ["network", "vswitch", "standard", "set", "--vswitch-name=vSwitch0", "--mtu=\(mtu)"],
                ["network", "ip", "interface", "set", "--interface-name=vmk0", "--mtu=\(mtu)"],
            ]
        }
        commands += plan.main.routes.map { route in
            ["network", "ip", "route", "ipv4", "add", "--network=\(route.network)", "--gateway=\(route.gateway)"]
        }
        if plan.main.ipv4 != .dhcp, let domain = plan.domain {
            commands.append(["network", "ip", "dns", "search", "add", "--domain=\(domain)"])
        }
        return commands
    }

    /// The tag of the node's own address.
    private var tag: Int? {
        plan.links.compactMap { link -> Int? in
            guard case .vlan(let identifier, _) = link.kind, plan.carriesBoot(link),
                link.label == plan.main.label || link.controller == plan.main.label
            else { return nil }
            return identifier
        }.first
    }

    /// The further cards of the bond or bridge that the boot link belongs to.
    private var members: [MACAddress] {
        plan.links.compactMap { link in
            guard case .ethernet(let address, _) = link.kind, !link.isBootLink,
                let whole = link.controller.flatMap(plan.link), plan.carriesBoot(whole)
            else { return nil }
            return address
        }
    }

    /// By address needs a static group of ports on the physical switch; by port asks nothing of it.
    private func policy(_ first: LinkName, _ others: [LinkName]) -> [String]? {
        guard !others.isEmpty else { return nil }
        let bonds = plan.links.compactMap { link -> BondSettings? in
            if case .bond(let bond) = link.kind, plan.carriesBoot(link) { bond } else { nil }
        }
        let standby = others.map(\.text).joined(separator: ",")
        switch bonds.first?.mode {
        case .activebackup:
            return ["--load-balancing=explicit", "--active-uplinks=\(first)", "--standby-uplinks=\(standby)"]
        case .loadbalance: return ["--load-balancing=iphash", "--active-uplinks=\(first),\(standby)"]
        default: return ["--load-balancing=portid", "--active-uplinks=\(first),\(standby)"]
        }
    }
}
