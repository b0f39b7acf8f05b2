import DeploymentModel
import Inventory
import MusterBase
import Testing

@Suite("how the interfaces of a node are put together")
struct LayoutTests {
    private func site() throws -> Inventory {
        var inventory = Inventory()
        try inventory.defineNodes(
            "n1", "net.hwaddr=52:54:00:00:00:01", "net.second.hwaddr=52:54:00:00:00:02",
            "net.third.interface_names=eno3")
        return inventory
    }

    @Test("a bond with a VLAN on it and a bridge on that, routes, MTU and names")
    func stack() throws {
        var inventory = try site()
        try inventory.setNodes(
            "n1", "net.team_members=second", "net.team_mode=lacp", "net.team_lacp_rate=fast", "net.mtu=9000",
            "net.ipv4_address=10.1.0.1/16", "net.ipv4_gateway=10.1.0.254", "net.vms.vlan_id=42",
            "net.vms.vlan_parent=boot", "net.guests.bridge_ports=vms,third", "net.guests.interface_names=br0",
            "net.guests.ipv4_address=10.8.0.1/24", "net.guests.ipv4_routes=10.9.0.0/16 via 10.8.0.254 metric 5",
            "net.guests.ipv6_address=FD00::1/64")
        let interfaces = Dictionary(
            uniqueKeysWithValues: try inventory.interfaces(of: "n1").map { ($0.reference, $0) })
        #expect(
            interfaces["boot"]?.kind
                == .bond(BondSettings(members: ["boot", "second"], mode: .lacp, lacpRate: .fast)))
        #expect(interfaces["vms"]?.kind == .vlan(VLANSettings(identifier: 42, parent: "boot")))
        #expect(interfaces["guests"]?.kind == .bridge(BridgeSettings(ports: ["vms", "third"])))
        #expect(interfaces["guests"]?.routes.map(\.description) == ["10.9.0.0/16 via 10.8.0.254 metric 5"])
        #expect(interfaces["guests"]?.ipv6.address == IPv6Network("fd00::1/64"))
    }

    @Test(
        "what does not fit together is refused in one line that names the attribute",
        arguments: [
            (["net.bond0.team_members=second,gone"], "net.bond0.team_members of node n1: there is no interface 'gone'"),
            (["net.x.vlan_id=7"], "net.x.vlan_id of node n1: the VLAN is on no interface"),
            (["net.x.vlan_parent=second"], "net.x.vlan_parent of node n1: the VLAN has no number"),
            (["net.x.vlan_parent=gone", "net.x.vlan_id=7"], "there is no interface 'gone'"),
            (["net.second.vlan_parent=third", "net.second.vlan_id=7"], "an interface with hwaddr is no VLAN"),
            (["net.b.team_members=second", "net.b.bridge_ports=third"], "a bond is no bridge as well"),
            (["net.team_mode=lacp"], "net.team_mode of node n1: there is no bond"),
            (["net.a.team_members=second", "net.b.bridge_ports=second"], "'second' belongs to 'a' already"),
            (
                ["net.a.vlan_parent=b", "net.a.vlan_id=7", "net.b.bridge_ports=a"],
                "net.b.bridge_ports of node n1: 'a' would be made of itself"
            ),
            (
                ["net.a.vlan_parent=second", "net.a.vlan_id=7", "net.b.team_members=a"],
                "net.b.team_members of node n1: 'a' is no network card"
            ),
            (
                ["net.second.ipv4_address=10.8.0.1/24", "net.b.bridge_ports=second"],
                "net.b.bridge_ports of node n1: 'second' has an address or route of its own"
            ),
            (["net.ipv4_address=10.8.0.1/24", "net.b.bridge_ports=boot"], "'boot' has an address"),
            (
                ["net.ipv4_gateway=10.1.0.1", "net.second.ipv4_gateway=10.8.0.1"],
                "net.second.ipv4_gateway of node n1: net has the gateway for everything already"
            ),
            (
                ["net.ipv4_gateway=10.1.0.1", "net.second.ipv4_routes=0.0.0.0/0 via 10.8.0.1"],
                "net has the gateway for everything already"
            ),
            (
                [
                    "net.ipv6_gateway=fd00::1", "net.ipv6_address=fd00::2/64", "net.second.ipv6_gateway=fd01::1",
                    "net.second.ipv6_address=fd01::2/64",
                ], "net.second.ipv6_gateway of node n1"
            ),
            (
                ["net.a-name-of-many-letters.bridge_ports=second"],
                "'a-name-of-many-letters' is no name for a network link"
            ),
            (
                ["net.a.bridge_ports=second", "net.b.bridge_ports=third", "net.b.interface_names=a"],
                "'a' is called a, too"
            ),
            (
                ["net.second.mtu=1500", "net.a.vlan_parent=second", "net.a.vlan_id=7", "net.a.mtu=9000"],
                "9000 is more than the 1500 of 'second'"
            ),
            (
                ["net.boot.hwaddr=52:54:00:00:00:09", "net.vlan_id=7"],
                "'boot' is the interface that the node boots from"
            ),
            (["net.second.ipv4_routes=10.9.0.1/16 via 10.8.0.1"], "is not allowed; expected: a comma-separated list"),
            (["net.second.ipv4_routes=10.9.0.0/16 over 10.8.0.1"], "is not allowed"),
        ])
    func refused(settings: [String], problem: String) throws {
        let inventory = try site()
        let error = #expect(throws: MusterError.self) {
            try inventory.plan([.setNodes(["n1"], try settings.map { try Assignment($0) })])
        }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test("what a group lends is looked at for each node in it")
    func groups() throws {
        var inventory = try site()
        try inventory.defineGroups("compute", "net.team_members=second")
        try inventory.setNodes("n1", "groups=compute")
        let error = #expect(throws: MusterError.self) { try inventory.defineNodes("n2", "groups=compute") }
        #expect(error?.message.contains("net.team_members of node n2") == true)
        #expect(throws: MusterError.self) { try inventory.setGroups("compute", "net.team_members=fourth") }
    }
}
