import DeploymentModel
import MusterBase
import OSFamilies
import Testing

@Suite("a network plan")
struct NetworkPlanTests {
    private func plan(_ wanted: [NetworkPlanLink], dhcp: Bool = true) throws -> NetworkPlan {
        NetworkPlan(wanted: wanted, boot: try NetworkSample.boot(dhcp: dhcp))
    }

    private func bond(_ label: String, _ members: [String], _ ipv4: NetworkPlanLink.IPv4 = .none) -> NetworkPlanLink {
        NetworkPlanLink(
            label: label, device: LinkName(label), kind: .bond(BondSettings(members: members)), ipv4: ipv4)
    }

    private func vlan(_ label: String, on parent: String, _ ipv4: NetworkPlanLink.IPv4 = .none) -> NetworkPlanLink {
        NetworkPlanLink(label: label, device: LinkName(label), kind: .vlan(identifier: 7, parent: parent), ipv4: ipv4)
    }

    @Test("the boot link is there whatever was set, with what it booted with", arguments: [true, false])
    func bootLink(dhcp: Bool) throws {
        let plan = try self.plan([NetworkSample.card("fast", 2, try NetworkSample.fixed("10.8.0.3/24"))], dhcp: dhcp)
        #expect(plan.links.map(\.label) == ["boot", "fast"])
        #expect(plan.main.label == "boot" && plan.main.isBootLink)
        let fixed = try NetworkSample.fixed("10.1.2.3/16", IPv4Address(10, 1, 0, 1))
        #expect(plan.main.ipv4 == (dhcp ? .dhcp : fixed))
    }

    @Test("parts come before what is made of them, and the main link is what is made of the boot link")
    func order() throws {
        let plan = try NetworkSample.stack.plan
        #expect(plan.links.map(\.label) == ["boot", "second", "main", "vms", "guests"])
        #expect(plan.main.label == "main")
        #expect(plan.hardwareAddress(of: plan.main) == NetworkSample.mac(1))
        #expect(plan.link("vms")?.controller == "guests" && plan.link("second")?.mtu == 9000)
        #expect(try NetworkSample.tagged.plan.main.label == "main.42")
    }

    @Test("what is made of nothing, of itself or of what is not there is left out, and the rest stays")
    func leftOut() throws {
        let plan = try self.plan([
            NetworkSample.card("main", 1, .dhcp), bond("bond1", ["gone"]), vlan("a", on: "b"), vlan("b", on: "a"),
            vlan("c", on: "gone"), bond("bond2", ["a"]),
        ])
        #expect(plan.links.map(\.label) == ["main"])
    }

    @Test("a card is in one bond only, and two links are not called the same")
    func once() throws {
        let plan = try self.plan([
            NetworkSample.card("main", 1, .dhcp), NetworkSample.card("x", 2), bond("bond1", ["x"]),
            bond("bond2", ["x"]), NetworkSample.card("again", 2), vlan("bond1", on: "main"),
        ])
        #expect(plan.links.map(\.label) == ["main", "x", "bond1"])
        #expect(plan.parts(of: try #require(plan.link("bond1"))).map(\.label) == ["x"])
    }

    @Test("a bond without addresses over the boot link gets those of the boot link")
    func keepsAddress() throws {
        let own = try NetworkSample.fixed("10.1.2.3/16", IPv4Address(10, 1, 0, 1))
        let plan = try self.plan([NetworkSample.card("main", 1, own), bond("bond1", ["main"])])
        #expect(plan.main.label == "bond1" && plan.main.ipv4 == own)
        #expect(plan.link("main")?.ipv4 == NetworkPlanLink.IPv4.none)
    }

    @Test("one link has the gateway for everything")
    func gateway() throws {
        let all = try #require(StaticRoute("0.0.0.0/0 via 10.8.0.9"))
        let plan = try self.plan([
            NetworkSample.card("main", 1, try NetworkSample.fixed("10.1.2.3/16", IPv4Address(10, 1, 0, 1))),
            NetworkSample.card(
                "fast", 2, try NetworkSample.fixed("10.8.0.3/24", IPv4Address(10, 8, 0, 1)), routes: [all]),
        ])
        #expect(plan.main.ipv4.gateway == IPv4Address(10, 1, 0, 1))
        let without = try NetworkSample.fixed("10.8.0.3/24")
        #expect(plan.link("fast")?.ipv4 == without)
        #expect(plan.link("fast")?.routes.isEmpty == true)
    }

    @Test("nothing that is no name gets into a file")
    func hostile() throws {
        let odd = NetworkPlanLink(
            label: "../../etc/x\n[Network]", device: nil, kind: .ethernet(NetworkSample.mac(2), isPermanent: false))
        let plan = NetworkPlan(
            wanted: [odd], boot: try NetworkSample.boot(), domain: "a\nnameserver 6.6.6.6",
            timeServers: ["x; reboot", "ok.example"])
        #expect(plan.domain == nil && plan.timeServers.map(\.text) == ["ok.example"])
        #expect(plan.links.map(\.label) == ["boot", "-..-..-etc-x--Network-"])
        #expect(NetworkdFiles(plan).files.allSatisfy { $0.path.split(separator: "/").count == 4 })
    }

    @Test("an address alone on the boot link is no more than an installer itself writes")
    func plain() throws {
        #expect(try !plan([]).isMoreThanBootAddress)
        for sample in NetworkSample.allCases { #expect(try sample.plan.isMoreThanBootAddress) }
    }

    @Test("an identifier of NetworkManager stays for a link, and differs between links")
    func identifiers() throws {
        let plan = try NetworkSample.bridge.plan
        let texts = NetworkManagerFiles(plan).files.map(\.text)
        let identifiers = texts.flatMap { $0.split(separator: "\n").filter { $0.hasPrefix("uuid=") } }
        #expect(Set(identifiers).count == 9)
        #expect(NetworkManagerFiles(plan).files == NetworkManagerFiles(try NetworkSample.bridge.plan).files)
        #expect(NetworkManagerFiles(plan).files.allSatisfy { $0.mode == 0o600 })
    }
}
