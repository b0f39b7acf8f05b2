import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import OSFamilies

extension NetworkPlan {
    /// What was set for this node, on the links that this machine has.
    public init(of configuration: NodeConfiguration, on boot: NetworkState) {
        let planning = NetworkPlanning(configuration: configuration, boot: boot)
        self.init(
            wanted: configuration.interfaces.flatMap(planning.links), boot: planning.bootNetwork,
            dnsServers: configuration.dnsServers.isEmpty ? boot.dnsServers : configuration.dnsServers,
            domain: configuration.domain ?? boot.domain, timeServers: configuration.ntpServers)
    }
}

/// Finds the links of a machine that a node's interfaces stand for.
private struct NetworkPlanning {
    let configuration: NodeConfiguration
    let boot: NetworkState

    private var bootAddress: MACAddress { boot.link.address ?? MACAddress(rawValue: 0) }

    var bootNetwork: BootNetwork {
        BootNetwork(
            device: LinkName(boot.link.name), hardwareAddress: bootAddress,
            permanentAddress: boot.link.permanentAddress, address: boot.address.network,
            gateway: boot.address.gateway, mtu: boot.address.mtu, isByDHCP: boot.isByDHCP)
    }

    /// What one interface is in the plan: a link, the boot link below it, and a VLAN on it.
    func links(_ interface: InterfaceConfiguration) -> [NetworkPlanLink] {
        var links: [NetworkPlanLink] = []
        guard let kind = kind(interface) else { return [] }
        let isBoot = interface.name.isEmpty
        let label = label(of: interface.name)
        let device = kind.isCard ? cardName(interface) : deviceName(interface)
        let tag = interface.kind.isVLAN ? nil : interface.tag
        let ipv4 = ipv4(interface, kind, isTagged: tag != nil || interface.kind.isVLAN)
        links.append(
            NetworkPlanLink(
                label: label, device: device, kind: kind, ipv4: tag == nil ? ipv4 : .none,
                routes: tag == nil ? interface.routes : [], ipv6: tag == nil ? interface.ipv6 : .unset,
                mtu: interface.mtu))
        if isBoot, !kind.isCard, let card = card(interface) {
            links.append(
                NetworkPlanLink(
                    label: InterfaceKind.bootLink, device: boot.device(card), kind: ethernet(card)))
        }
        if let tag {
            let base = kind.isCard ? (isBoot ? nil : interface.name) : device?.text
            let name = base.flatMap { LinkName("\($0).\(tag)") } ?? LinkName("vlan\(tag)")
            links.append(
                NetworkPlanLink(
                    label: "\(label).\(tag)", device: name, kind: .vlan(identifier: tag, parent: label),
                    ipv4: ipv4, routes: interface.routes, ipv6: interface.ipv6, mtu: interface.mtu))
        }
        return links
    }

    private func label(of name: String) -> String {
        if name.isEmpty { return "main" }
        return name == "main" ? "net-main" : name
    }

    // MARK: What it is made of

    private func kind(_ interface: InterfaceConfiguration) -> NetworkPlanLink.Kind? {
        switch interface.kind {
        case .link: return card(interface).map(ethernet)
        case .bond(var bond):
            bond.members = bond.members.compactMap { part($0, of: interface) }
            return .bond(bond)
        case .bridge(var bridge):
            bridge.ports = bridge.ports.compactMap { part($0, of: interface) }
            return .bridge(bridge)
        case .vlan(let vlan):
            // On the interface itself, not beside the VLAN that it may have.
            let isOwn = interface.name.isEmpty && vlan.parent == InterfaceKind.bootLink
            let parent = vlan.parent == InterfaceKind.bootLink && !isOwn ? "" : vlan.parent
            return .vlan(identifier: vlan.identifier, parent: isOwn ? InterfaceKind.bootLink : label(of: parent))
        }
    }

    /// The label that another interface has as a part: of the VLAN that its addresses are in, where it has one.
    private func part(_ name: String, of owner: InterfaceConfiguration) -> String? {
        if owner.name.isEmpty, name == InterfaceKind.bootLink { return name }
        let wanted = name == InterfaceKind.bootLink ? "" : name
        guard let interface = configuration.interfaces.first(where: { $0.name == wanted }) else {
            // Without attributes of its own it is there all the same.
            return wanted.isEmpty ? InterfaceKind.bootLink : nil
        }
        guard let tag = interface.tag, !interface.kind.isVLAN else { return label(of: wanted) }
        return "\(label(of: wanted)).\(tag)"
    }

    private func ethernet(_ address: MACAddress) -> NetworkPlanLink.Kind {
        .ethernet(address, isPermanent: boot.links.contains { $0.permanentAddress == address })
    }

    /// The address of a card. An interface without any is the one that the machine booted by; others are found by name.
    private func card(_ interface: InterfaceConfiguration) -> MACAddress? {
        if let address = interface.hardwareAddress { return address }
        if interface.name.isEmpty { return bootAddress }
        let names = Set(interface.systemNames.map(\.text))
        return boot.links.first { names.contains($0.name) }.flatMap { $0.permanentAddress ?? $0.address }
    }

    private func cardName(_ interface: InterfaceConfiguration) -> LinkName? {
        card(interface).flatMap(boot.device) ?? interface.systemNames.first
    }

    private func deviceName(_ interface: InterfaceConfiguration) -> LinkName? {
        interface.kind.deviceName(
            given: interface.systemNames.first?.text, name: interface.name.isEmpty ? nil : interface.name)
    }

    // MARK: Its addresses

    private func ipv4(
        _ interface: InterfaceConfiguration, _ kind: NetworkPlanLink.Kind, isTagged: Bool
    ) -> NetworkPlanLink.IPv4 {
        switch interface.method {
        case .none: return .none
        case .dhcp: return .dhcp
        case .static:
            if let address = interface.address { return .fixed(address, gateway: interface.gateway) }
            guard keepsBoot(interface, kind) else { return .none }
            // Static without an address: what DHCP gave stays. Another network has other addresses.
            return isTagged
                ? .dhcp : .fixed(boot.address.network, gateway: interface.gateway ?? boot.address.gateway)
        }
    }

    /// Whether packets of the interface go the way by which the machine booted.
    private func keepsBoot(_ interface: InterfaceConfiguration, _ kind: NetworkPlanLink.Kind) -> Bool {
        if case .ethernet(let address, _) = kind {
            return address == bootAddress || address == boot.link.permanentAddress
        }
        return interface.name.isEmpty
    }
}

extension NetworkPlanLink.Kind {
    fileprivate var isCard: Bool { if case .ethernet = self { true } else { false } }
}

extension InterfaceKind {
    fileprivate var isVLAN: Bool { if case .vlan = self { true } else { false } }
}

extension NetworkState {
    /// What a card of this machine is called.
    fileprivate func device(_ address: MACAddress) -> LinkName? {
        links.first { $0.address == address || $0.permanentAddress == address }.flatMap { LinkName($0.name) }
    }
}
