import DeploymentModel
import MusterBase

/// What the kernel is told so that an initramfs made by dracut goes to the network by the plan (dracut.cmdline(7)): the node's
/// own address, and the links that it takes.
public struct DracutNetwork: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    public var arguments: [String] {
        let links = plan.links.filter(plan.isNeeded)
        return links.compactMap { names($0) } + links.compactMap { made($0) } + [address]
            + plan.main.routes.map { "rd.route=\($0.network):\($0.gateway)" }
            + plan.dnsServers.map { "nameserver=\($0)" }
    }

    /// Cards keep the names that the arguments use.
    private func names(_ link: NetworkPlanLink) -> String? {
        guard case .ethernet(let address, _) = link.kind, let device = link.device else { return nil }
        return "ifname=\(device):\(address)"
    }

    private func made(_ link: NetworkPlanLink) -> String? {
        let parts = plan.parts(of: link).map(\.name).joined(separator: ",")
        switch link.kind {
        case .ethernet: return nil
        case .bond(let bond):
            let options = bond.options.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            return "bond=\(link.name):\(parts):\(options)" + (link.mtu.map { ":\($0)" } ?? "")
        case .bridge: return "bridge=\(link.name):\(parts)"
        case .vlan(_, let parent):
            return "vlan=\(name(link)):\(plan.link(parent).map(name) ?? parent)"
        }
    }

    /// The number of a VLAN is known by its name alone.
    private func name(_ link: NetworkPlanLink) -> String {
        if case .vlan(let identifier, _) = link.kind { "vlan\(identifier)" } else { link.name }
    }

    private var address: String {
        let link = plan.main
        let mtu = link.mtu.map { ":\($0)" } ?? ""
        switch link.ipv4 {
        case .none: return "ip=\(name(link)):\(link.ipv6 == .unset ? "off" : "auto6")\(mtu)"
        case .dhcp: return "ip=\(name(link)):dhcp\(mtu)"
        case .fixed(let address, let gateway):
            let router = gateway.map { "\($0)" } ?? ""
            return "ip=\(address.address)::\(router):\(address.mask)::\(name(link)):none\(mtu)"
        }
    }
}
