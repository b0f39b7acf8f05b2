import DHCPWire
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterAgent
import MusterBase
import OSFamilies
import TestSupport
import Testing

/// A machine with eight cards, of which one has carrier.
private struct Machine {
    static func mac(_ number: UInt64) -> MACAddress { MACAddress(rawValue: 0x5254_0000_0000 + number) }

    static func boot(by number: Int = 1, dhcp: Bool = true) throws -> NetworkState {
        let links = (1...8).map { number in
            NetworkLink(
                index: Int32(number), name: "eno\(number)", type: 1, isUp: true, hasCarrier: number == 1,
                address: mac(UInt64(number)), permanentAddress: mac(UInt64(number)), mtu: 1500, isVirtual: false)
        }
        let network = try #require(IPv4Network("10.1.2.3/16"))
        return NetworkState(
            link: links[number - 1], address: LinkAddress(network: network, gateway: IPv4Address(10, 1, 0, 1)),
            isByDHCP: dhcp, dnsServers: [], domain: nil, members: MusterVendorOptions(), links: links)
    }

    static func configuration(_ interfaces: [InterfaceConfiguration]) -> NodeConfiguration {
        NodeConfiguration(
            node: "n1", hostname: "n1", domain: nil, deployment: "d", profile: "p", method: .scripted,
            interfaces: interfaces, dnsServers: [], ntpServers: [], timeZone: nil, locale: nil, keyboard: nil,
            rootKeys: [], rootPasswordCrypt: nil, userAuthority: nil, knownHosts: [], onbootScripts: [], members: [],
            heartbeatInterval: 30)
    }
}

private func interface(
    _ name: String, _ hardware: UInt64? = nil, _ address: String? = nil, names: [String] = [],
    kind: InterfaceKind = .link, tag: Int? = nil
) -> InterfaceConfiguration {
    InterfaceConfiguration(
        name: name, hardwareAddress: hardware.map(Machine.mac), method: .static,
        address: address.flatMap { IPv4Network($0) }, gateway: nil, mtu: nil,
        systemNames: names.compactMap { LinkName($0) }, kind: kind, tag: tag)
}

@Suite("a node's interfaces on a machine's links")
struct NetworkPlanningTests {
    private func plan(_ interfaces: [InterfaceConfiguration], bootedBy number: Int = 1) throws -> NetworkPlan {
        NetworkPlan(of: Machine.configuration(interfaces), on: try Machine.boot(by: number))
    }

    private func names(_ plan: NetworkPlan) -> [String] { plan.links.map { "\($0.label) \($0.name)" } }

    @Test("a bond of the boot interface has the boot link in it, and its name, and keeps what DHCP gave")
    func bond() throws {
        let bond = InterfaceKind.bond(BondSettings(members: ["boot", "second"], mode: .lacp))
        let plan = try self.plan([interface("", 1, kind: bond), interface("second", names: ["eno9", "eno2"])])
        #expect(names(plan) == ["boot eno1", "second eno2", "main bond0"])
        #expect(plan.main.label == "main" && plan.main.ipv4.address == IPv4Network("10.1.2.3/16"))
        #expect(plan.parts(of: plan.main).map(\.label) == ["boot", "second"])
    }

    @Test("a machine that booted by the other member has the same bond")
    func otherMember() throws {
        let bond = InterfaceKind.bond(BondSettings(members: ["boot", "second"]))
        let plan = try self.plan(
            [interface("", 1, "10.1.7.7/16", kind: bond), interface("second", 2)], bootedBy: 2)
        #expect(names(plan) == ["boot eno1", "second eno2", "main bond0"])
        #expect(plan.main.label == "main" && plan.main.ipv4.address == IPv4Network("10.1.7.7/16"))
        #expect(plan.link("second")?.isBootLink == true)
    }

    @Test("a VLAN on the boot interface has its addresses, and others see the whole by the name boot")
    func tagged() throws {
        let bond = InterfaceKind.bond(BondSettings(members: ["boot", "second"]))
        let plan = try self.plan([
            interface("", 1, "10.42.0.7/24", kind: bond, tag: 42), interface("second", 2),
            interface("vms", kind: .vlan(VLANSettings(identifier: 7, parent: "boot"))),
            interface("br0", kind: .bridge(BridgeSettings(ports: ["vms"]))),
        ])
        #expect(
            names(plan) == ["boot eno1", "second eno2", "main bond0", "main.42 bond0.42", "vms vms", "br0 br0"])
        #expect(plan.main.label == "main.42" && plan.link("main")?.ipv4 == NetworkPlanLink.IPv4.none)
        #expect(plan.link("vms")?.kind == .vlan(identifier: 7, parent: "main"))
    }

    @Test("a tag on a card, and a bridge over the boot interface by another name")
    func cards() throws {
        let plan = try self.plan([
            interface("", 1), interface("fast", 2, "10.8.0.3/24", tag: 9),
            interface("br0", kind: .bridge(BridgeSettings(ports: ["boot"]))),
        ])
        #expect(names(plan) == ["main eno1", "fast eno2", "fast.9 fast.9", "br0 br0"])
        #expect(plan.main.label == "br0" && plan.main.ipv4.address == IPv4Network("10.1.2.3/16"))
    }

    @Test("a bond goes without the member that this machine does not have; without any there is none")
    func missing() throws {
        let both = InterfaceKind.bond(BondSettings(members: ["a", "b"]))
        let one = try plan([interface("a", 2), interface("b", names: ["eno99"]), interface("x", kind: both)])
        #expect(names(one) == ["boot eno1", "a eno2", "x x"])
        let none = try plan([
            interface("a", names: ["eno98"]), interface("b", names: ["eno99"]), interface("x", kind: both),
        ])
        #expect(names(none) == ["boot eno1"])
    }

    @Test("an installed Debian gets the whole plan, where it is more than one address and ifupdown is there")
    func debian() throws {
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let tree = RootTree(at: directory.path)
        let bond = InterfaceKind.bond(BondSettings(members: ["boot", "second"]))
        let interfaces = [interface("", 1, "10.1.7.7/16", kind: bond), interface("second", 2)]
        let network = DebianNetwork(configuration: Machine.configuration(interfaces), boot: try Machine.boot())
        #expect(network.changes(in: tree).isEmpty)
        try directory.makeDirectory("usr/sbin")
        try Files.write("", to: tree.mountPoint + "/usr/sbin/ifup")
        try tree.apply(network.changes(in: tree))
        #expect(tree.text("/etc/network/interfaces.d/muster")?.contains("iface bond0 inet static\n") == true)
        #expect(tree.text("/etc/network/interfaces")?.contains("source /etc/network/interfaces.d/*\n") == true)
        let plain = DebianNetwork(
            configuration: Machine.configuration([interface("", 1, "10.1.7.7/16")]), boot: try Machine.boot())
        #expect(plain.changes(in: tree).isEmpty)
    }
}
