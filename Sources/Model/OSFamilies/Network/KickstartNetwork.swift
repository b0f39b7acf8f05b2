import DeploymentModel
import MusterBase

/// The plan as `network` lines of a kickstart file, for Anaconda (pykickstart's documentation, "network").
///
/// Kickstart has no words for static routes, and Anaconda makes bridges of cards alone: the rest comes with the keyfiles of the
/// installed system. Until then, what carries such a bridge has the node's address in its place. Members are given by their
/// names, so cards that the machine does not have are left out.
public struct KickstartNetwork: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    /// - Parameter hostName: The full one.
    public func lines(hostName: SearchDomain?) -> [String] {
        plan.links.compactMap(known).map(line) + (hostName.map { ["network --hostname=\($0)"] } ?? [])
    }

    /// The link as far as Anaconda makes it.
    private func known(_ link: NetworkPlanLink) -> NetworkPlanLink? {
        if isBeyond(link) { return nil }
        guard let whole = link.controller.flatMap(plan.link) else { return link }
        guard isBeyond(whole) else { return nil }
        var link = link
        if plan.isNeeded(link), plan.main.label == whole.label {
            link.ipv4 = whole.ipv4
            link.ipv6 = whole.ipv6
        }
        return link
    }

    private func isBeyond(_ link: NetworkPlanLink) -> Bool {
        guard case .bridge = link.kind else { return false }
        return plan.parts(of: link).contains(where: \.kind.isVirtual)
    }

    private func line(_ link: NetworkPlanLink) -> String {
        var words = ["network"] + kind(link) + ["--onboot=yes"]
        // In the installer, only the way to the server is needed.
        words.append(plan.isNeeded(link) ? "--activate" : "--no-activate")
        words += ipv4(link) + ipv6(link)
        if let mtu = link.mtu { words.append("--mtu=\(mtu)") }
        if !plan.isNeeded(link) || !link.hasAddresses {
            if link.hasAddresses { words.append("--nodefroute") }
            words.append("--nodns")
        } else if plan.dnsServers.isEmpty {
            if link.ipv4 != .dhcp { words.append("--nodns") }
        } else {
            words.append("--nameserver=" + plan.dnsServers.map { "\($0)" }.joined(separator: ","))
        }
        return words.joined(separator: " ")
    }

    private func kind(_ link: NetworkPlanLink) -> [String] {
        switch link.kind {
        case .ethernet(let address, _): return ["--device=\(address)"]
        case .bond(let bond):
            let options = bond.options.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            return ["--device=\(link.name)", "--bondslaves=\(parts(link))", "--bondopts=\(options)"]
        case .bridge(let bridge):
            return [
                "--device=\(link.name)", "--bridgeslaves=\(parts(link))",
                "--bridgeopts=stp=\(bridge.spanningTree ? "yes" : "no")",
            ]
        case .vlan(let identifier, let parent):
            let below = plan.link(parent)?.name ?? parent
            return ["--device=\(below)", "--vlanid=\(identifier)", "--interfacename=\(link.name)"]
        }
    }

    private func parts(_ link: NetworkPlanLink) -> String {
        plan.parts(of: link).filter { $0.device != nil }.map(\.name).joined(separator: ",")
    }

    private func ipv4(_ link: NetworkPlanLink) -> [String] {
        switch link.ipv4 {
        case .none: return ["--noipv4"]
        case .dhcp: return ["--bootproto=dhcp"]
        case .fixed(let address, let gateway):
            return ["--bootproto=static", "--ip=\(address.address)", "--netmask=\(address.mask)"]
                + (gateway.map { ["--gateway=\($0)"] } ?? [])
        }
    }

    private func ipv6(_ link: NetworkPlanLink) -> [String] {
        switch link.ipv6 {
        case .unset: return link.ipv4 == .none ? ["--noipv6"] : []
        case .auto: return ["--ipv6=auto"]
        case .fixed(let address, let gateway):
            return ["--ipv6=\(address)"] + (gateway.map { ["--ipv6gateway=\($0)"] } ?? [])
        }
    }
}
