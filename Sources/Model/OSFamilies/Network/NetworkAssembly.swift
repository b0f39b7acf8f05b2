import DeploymentModel
import MusterBase

/// Puts the links of a plan together, and leaves out what does not fit.
struct NetworkAssembly {
    private let wanted: [NetworkPlanLink]
    private let boot: BootNetwork
    private var placed: [NetworkPlanLink] = []
    private var hasGateway = false
    private var hasGateway6 = false

    init(_ wanted: [NetworkPlanLink], boot: BootNetwork) {
        var labels: Set<String> = []
        var devices: Set<LinkName> = []
        var cards: Set<MACAddress> = []
        var kept: [NetworkPlanLink] = []
        for var link in wanted {
            let isNamed = link.device.map { !devices.contains($0) } ?? !link.kind.isVirtual
            guard isNamed, !labels.contains(link.label) else { continue }
            if case .ethernet(let address, _) = link.kind {
                guard cards.insert(address).inserted else { continue }
                link.isBootLink = boot.isLink(address) && !kept.contains(where: \.isBootLink)
            }
            labels.insert(link.label)
            if let device = link.device { devices.insert(device) }
            kept.append(link)
        }
        if !kept.contains(where: \.isBootLink) {
            kept.removeAll { $0.label == InterfaceKind.bootLink || ($0.device != nil && $0.device == boot.device) }
            kept.insert(Self.link(of: boot), at: 0)
        }
        self.wanted = kept
        self.boot = boot
    }

    /// The boot link as it was at boot.
    private static func link(of boot: BootNetwork) -> NetworkPlanLink {
        var link = NetworkPlanLink(
            label: InterfaceKind.bootLink, device: boot.device,
            kind: .ethernet(boot.hardwareAddress, isPermanent: boot.permanentAddress == boot.hardwareAddress),
            ipv4: boot.isByDHCP ? .dhcp : .fixed(boot.address, gateway: boot.gateway), mtu: boot.mtu)
        link.isBootLink = true
        return link
    }

    /// What has all its parts, again and again, until there is no more: what is made of itself never comes.
    mutating func links() -> [NetworkPlanLink] {
        var open = wanted
        while true {
            let before = open.count
            for link in open {
                let waits = link.kind.parts.contains { part in open.contains { $0.label == part } }
                guard !waits else { continue }
                open.removeAll { $0.label == link.label }
                place(link)
            }
            if open.count == before { break }
        }
        return ordered()
    }

    /// The order wanted, where parts allow it.
    private func ordered() -> [NetworkPlanLink] {
        var rest = wanted.compactMap { link in placed.first { $0.label == link.label } }
        var result: [NetworkPlanLink] = []
        while let next = rest.firstIndex(where: { link in
            link.kind.parts.allSatisfy { part in !rest.contains { $0.label == part } }
        }) {
            result.append(rest.remove(at: next))
        }
        return result
    }

    private mutating func place(_ wanted: NetworkPlanLink) {
        var link = wanted
        switch link.kind {
        case .ethernet: break
        case .vlan(let identifier, let parent):
            guard VLANSettings.identifiers.contains(identifier), placed.contains(where: { $0.label == parent }) else {
                return
            }
        case .bond(var bond):
            bond.members = free(bond.members) { if case .ethernet = $0.kind { true } else { false } }
            guard !bond.members.isEmpty else { return }
            link.kind = .bond(bond)
            take(bond.members, into: &link)
        case .bridge(var bridge):
            bridge.ports = free(bridge.ports) { if case .bridge = $0.kind { false } else { true } }
            link.kind = .bridge(bridge)
            take(bridge.ports, into: &link)
        }
        settleGateways(&link)
        placed.append(link)
    }

    /// Those that are there, fit, and belong to nothing else.
    private func free(_ labels: [String], _ fits: (NetworkPlanLink) -> Bool) -> [String] {
        labels.filter { label in placed.contains { $0.label == label && $0.controller == nil && fits($0) } }
    }

    /// Parts have no addresses of their own; the whole sends packets as large as its parts do. A whole without addresses has
    /// the boot link's, or the node would be lost.
    private mutating func take(_ labels: [String], into whole: inout NetworkPlanLink) {
        for index in placed.indices where labels.contains(placed[index].label) {
            if placed[index].isBootLink, !whole.hasAddresses {
                whole.ipv4 = placed[index].ipv4
                whole.ipv6 = placed[index].ipv6
                whole.routes = placed[index].routes
            }
            placed[index].controller = whole.label
            placed[index].mtu = whole.mtu ?? placed[index].mtu
            if placed[index].ipv4.gateway != nil { hasGateway = false }
            if placed[index].ipv6.gateway != nil { hasGateway6 = false }
            placed[index].ipv4 = .none
            placed[index].ipv6 = .unset
            placed[index].routes = []
        }
    }

    /// The first that has the way to everything keeps it.
    private mutating func settleGateways(_ link: inout NetworkPlanLink) {
        if case .fixed(let address, .some) = link.ipv4, hasGateway { link.ipv4 = .fixed(address, gateway: nil) }
        if hasGateway || link.ipv4.gateway != nil { link.routes.removeAll(where: \.isDefault) }
        if case .fixed(let address, .some) = link.ipv6, hasGateway6 { link.ipv6 = .fixed(address, gateway: nil) }
        hasGateway = hasGateway || link.ipv4.gateway != nil || link.routes.contains(where: \.isDefault)
        hasGateway6 = hasGateway6 || link.ipv6.gateway != nil
    }

    /// From the boot link up to the bond or bridge that it belongs to; where that has no address, a VLAN on it.
    func main(of links: [NetworkPlanLink]) -> NetworkPlanLink {
        guard var link = links.first(where: \.isBootLink) else { return Self.link(of: boot) }
        for _ in links {
            if let whole = links.first(where: { $0.label == link.controller }) {
                link = whole
            } else if !link.hasAddresses,
                let vlan = links.first(where: {
                    if case .vlan(_, link.label) = $0.kind { $0.hasAddresses || $0.controller != nil } else { false }
                })
            {
                link = vlan
            } else {
                break
            }
        }
        return link
    }
}
