import DeploymentModel
import MusterBase

/// Whether the interfaces of a node can be put together as its attributes say.
struct LayoutCheck {
    private let node: String
    private let interfaces: [NodeInterface]
    private let byName: [String: NodeInterface]

    /// - Parameter interfaces: The one that the node boots from first.
    init(node: String, interfaces: [NodeInterface]) {
        self.node = node
        self.interfaces = interfaces
        byName = Dictionary(interfaces.map { ($0.reference, $0) }) { first, _ in first }
    }

    /// - Throws: ``MusterError`` with code `invalidInput` for the first fault, which names the attribute.
    func check() throws(MusterError) {
        if let taken = interfaces.first(where: { $0.name == InterfaceKind.bootLink }) {
            throw fault(taken, "hwaddr", "'boot' is the interface that the node boots from", "use net.… without a name")
        }
        for interface in interfaces {
            try checkKind(interface)
            try checkParts(interface)
            try checkSize(interface)
        }
        try checkMembership()
        for interface in interfaces { try checkCircle(interface, [interface.reference]) }
        try checkDeviceNames()
        try checkGateways()
    }

    private func fault(
        _ interface: NodeInterface, _ attribute: String, _ what: String, _ advice: String? = nil
    ) -> MusterError {
        let name = interface.name.map { "net.\($0).\(attribute)" } ?? "net.\(attribute)"
        return MusterError(.invalidInput, "\(name) of node \(node): \(what)", advice: advice)
    }

    // MARK: One interface

    private func checkKind(_ interface: NodeInterface) throws(MusterError) {
        let layers = interface.layers
        let stem = interface.name.map { "net.\($0)" } ?? "net"
        if !layers.members.isEmpty, !layers.ports.isEmpty {
            throw fault(interface, "bridge_ports", "a bond is no bridge as well", "make the bridge another interface")
        }
        if layers.mode != nil, layers.members.isEmpty {
            throw fault(interface, "team_mode", "there is no bond", "\(stem).team_members says of which interfaces")
        }
        if layers.parent != nil {
            guard layers.vlan != nil else {
                throw fault(interface, "vlan_parent", "the VLAN has no number", "set \(stem).vlan_id")
            }
            guard layers.members.isEmpty, layers.ports.isEmpty else {
                throw fault(interface, "vlan_parent", "a VLAN on another interface is no bond or bridge")
            }
            if interface.name != nil, interface.macAddress != nil {
                throw fault(interface, "vlan_parent", "an interface with hwaddr is no VLAN on another one")
            }
        } else if layers.vlan != nil, !isThere(interface) {
            throw fault(
                interface, "vlan_id", "the VLAN is on no interface", "set \(stem).vlan_parent, such as to boot")
        }
    }

    /// Whether the interface is more than a few addresses without a place.
    private func isThere(_ interface: NodeInterface) -> Bool {
        interface.name == nil || interface.macAddress != nil || !interface.interfaceNames.isEmpty
            || interface.kind != .link
    }

    private static func attribute(_ kind: InterfaceKind) -> String {
        switch kind {
        case .bond: "team_members"
        case .bridge: "bridge_ports"
        case .vlan, .link: "vlan_parent"
        }
    }

    /// The interface that a name stands for; nil for the boot link itself within the boot interface.
    private func part(_ name: String, of interface: NodeInterface) throws(MusterError) -> NodeInterface? {
        if interface.name == nil, name == InterfaceKind.bootLink { return nil }
        guard let found = byName[name], isThere(found) else {
            throw fault(
                interface, Self.attribute(interface.kind), "there is no interface '\(name.prefix(80))'",
                "net.\(name.prefix(80)).hwaddr or net.\(name.prefix(80)).interface_names makes one")
        }
        return found
    }

    private func checkParts(_ interface: NodeInterface) throws(MusterError) {
        let kind = interface.kind
        for name in kind.parts {
            guard let part = try part(name, of: interface) else { continue }
            if case .bond = kind, part.kind != .link || part.vlan != nil {
                throw fault(interface, "team_members", "'\(name)' is no network card")
            }
            if case .vlan = kind { continue }
            guard part.address == nil, part.gateway == nil, part.routes.isEmpty, part.ipv6 == .unset,
                part.method == .static
            else {
                let advice =
                    part.name == nil
                    ? "make the boot interface of it: net.\(Self.attribute(kind))=boot,…" : "set it on the whole"
                throw fault(interface, Self.attribute(kind), "'\(name)' has an address or route of its own", advice)
            }
        }
    }

    private func checkSize(_ interface: NodeInterface) throws(MusterError) {
        guard case .vlan(let vlan) = interface.kind, let size = interface.mtu,
            let below = try part(vlan.parent, of: interface)?.mtu, size > below
        else { return }
        throw fault(interface, "mtu", "\(size) is more than the \(below) of '\(vlan.parent)', which carries the VLAN")
    }

    // MARK: All of them

    private func checkMembership() throws(MusterError) {
        var owners: [String: NodeInterface] = [:]
        for interface in interfaces {
            if case .vlan = interface.kind { continue }
            for name in interface.kind.parts where !(interface.name == nil && name == InterfaceKind.bootLink) {
                guard let other = owners.updateValue(interface, forKey: name) else { continue }
                throw fault(
                    interface, Self.attribute(interface.kind), "'\(name)' belongs to '\(other.reference)' already")
            }
        }
    }

    private func checkCircle(_ interface: NodeInterface, _ path: [String]) throws(MusterError) {
        for name in interface.kind.parts {
            guard let part = try part(name, of: interface) else { continue }
            guard !path.contains(part.reference) else {
                throw fault(
                    interface, Self.attribute(interface.kind), "'\(part.reference)' would be made of itself")
            }
            try checkCircle(part, path + [part.reference])
        }
    }

    private func checkDeviceNames() throws(MusterError) {
        var owners: [LinkName: NodeInterface] = [:]
        for interface in interfaces where interface.kind != .link {
            guard let name = interface.deviceName else {
                let text = interface.interfaceNames.first ?? interface.reference
                throw fault(
                    interface, "interface_names", "'\(text.prefix(80))' is no name for a network link",
                    "15 letters, digits, '.', '-' and '_' at most, and not lo, all or default")
            }
            guard let other = owners.updateValue(interface, forKey: name) else { continue }
            throw fault(interface, "interface_names", "'\(other.reference)' is called \(name), too")
        }
    }

    private func checkGateways() throws(MusterError) {
        var found: NodeInterface?
        var found6: NodeInterface?
        for interface in interfaces {
            let count = (interface.gateway == nil ? 0 : 1) + interface.routes.count(where: \.isDefault)
            if count > 1 { throw fault(interface, "ipv4_routes", "there is a gateway for everything already") }
            if count == 1 {
                if let found { throw second(interface, "ipv4_gateway", found) }
                found = interface
            }
            if interface.ipv6.gateway != nil {
                if let found6 { throw second(interface, "ipv6_gateway", found6) }
                found6 = interface
            }
        }
    }

    private func second(_ interface: NodeInterface, _ attribute: String, _ first: NodeInterface) -> MusterError {
        let name = first.name.map { "net.\($0)" } ?? "net"
        return fault(
            interface, attribute, "\(name) has the gateway for everything already",
            "ipv4_routes has the way to single networks")
    }
}
