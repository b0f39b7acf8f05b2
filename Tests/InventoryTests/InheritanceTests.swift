import Inventory
import MusterBase
import Testing

@Suite("inheritance of attributes")
struct InheritanceTests {
    private func site() throws -> Inventory {
        var inventory = Inventory()
        try inventory.defineGroups("compute", "net.mtu=9000", "dns.domain=c.example")
        try inventory.defineGroups("rack1", "net.mtu=1500", "location.rack=1")
        try inventory.setGroups("everything", "net.mtu=1400", "dns.domain=all.example", "time.zone=Europe/Berlin")
        try inventory.defineNodes("n1", "groups=compute,rack1")
        try inventory.defineNodes("n2", "groups=rack1,compute", "net.mtu=4000")
        try inventory.defineNodes("n3")
        return inventory
    }

    @Test("the node's own value, then its groups in their order, then everything, then the default")
    func order() throws {
        var inventory = try site()
        #expect(try inventory.value("net.mtu", of: "n1") == "9000")
        #expect(try inventory.value("net.mtu", of: "n2") == "4000")
        #expect(try inventory.value("net.mtu", of: "n3") == "1400")
        #expect(try inventory.value("location.rack", of: "n1") == "1")
        #expect(try inventory.value("dns.domain", of: "n2") == "c.example")
        #expect(try inventory.value("keyboard", of: "n3") == "us")
        #expect(try inventory.value("location.room", of: "n3") == nil)
        try inventory.setNodes("n2", "net.mtu=")
        #expect(try inventory.value("net.mtu", of: "n2") == "1500")
        try inventory.setNodes("n2", "groups-=rack1")
        #expect(try inventory.value("net.mtu", of: "n2") == "9000")
        #expect(try inventory.groups(of: "n2") == ["compute"])
    }

    @Test("+= and -= on a node begin with the value that it has from elsewhere, and leave that alone")
    func inheritedLists() throws {
        var inventory = Inventory()
        try inventory.defineGroups("compute,login", "dns.servers=10.0.0.1,10.0.0.2")
        try inventory.setGroups("login", "dns.servers+=10.0.0.9")
        try inventory.defineNodes("n1", "groups=compute")
        try inventory.setNodes("n1", "dns.servers+=10.0.0.3")
        #expect(try inventory.value("dns.servers", of: "n1") == "10.0.0.1,10.0.0.2,10.0.0.3")
        #expect(try inventory.value("dns.servers", of: "n1") != inventory.attributes(ofGroup: "compute").first?.value)
        try inventory.defineNodes("n2", "groups=compute", "dns.servers-=10.0.0.1", "dns.servers+=10.0.0.4")
        #expect(try inventory.value("dns.servers", of: "n2") == "10.0.0.2,10.0.0.4")
        // The groups that it gets by the same change count.
        try inventory.defineNodes("n3")
        try inventory.setNodes("n3", "groups+=login", "dns.servers+=10.0.0.4")
        #expect(try inventory.value("dns.servers", of: "n3") == "10.0.0.1,10.0.0.2,10.0.0.9,10.0.0.4")
        try inventory.setNodes("n1", "dns.servers=")
        let error = #expect(throws: MusterError.self) {
            try inventory.setNodes("n1", "dns.servers-=10.0.0.1,10.0.0.2")
        }
        #expect(error?.message.contains("has the value of group compute") == true, "\(error?.message ?? "")")
        try inventory.setGroups("compute", "dns.servers=10.0.0.{n1}")
        try inventory.setNodes("n1", "dns.servers=")
        let other = #expect(throws: MusterError.self) { try inventory.setNodes("n1", "dns.servers+=10.0.0.7") }
        #expect(other?.message.contains("is an expression, from group compute") == true, "\(other?.message ?? "")")
    }

    @Test("blame says where each value comes from, and by which expression")
    func blame() throws {
        var inventory = try site()
        try inventory.setGroups("compute", "net.ipv4_address=10.0.0.{n1}/24")
        let found = Dictionary(uniqueKeysWithValues: try inventory.attributes(of: "n2").map { ($0.name, $0) })
        #expect(found["net.mtu"]?.source == .node)
        #expect(found["location.rack"]?.source == .group("rack1"))
        #expect(found["time.zone"]?.source == .group("everything"))
        #expect(found["keyboard"]?.source == .standard)
        #expect(found["net.ipv4_address"]?.value == "10.0.0.2/24")
        #expect(found["net.ipv4_address"]?.expression == "10.0.0.{n1}/24")
        #expect(found["net.ipv4_address"]?.source.description == "group compute")
        #expect(found["net.mtu"]?.expression == nil)
        let names = try inventory.attributes(of: "n2").map(\.name)
        #expect(names == names.sorted())
        #expect(
            try inventory.attributes(ofGroup: "compute").first { $0.name == "net.ipv4_address" }?.value
                == "10.0.0.{n1}/24")
    }

    @Test("secrets are hidden, refused as plain values, and given as secrets")
    func secrets() throws {
        var inventory = try site()
        try inventory.setGroups(
            "compute", "crypted.rootpassword=$6$salt$0123456789", "secret.hardwaremanagementpassword={n1}")
        let shown = try inventory.attributes(of: "n1").first { $0.name == "crypted.rootpassword" }
        #expect(shown?.value == "********")
        #expect(shown?.isSecret == true)
        #expect(throws: MusterError.self) { try inventory.value("crypted.rootpassword", of: "n1") }
        #expect(try inventory.secret("crypted.rootpassword", of: "n1")?.reveal() == "$6$salt$0123456789")
        #expect(try inventory.secret("secret.hardwaremanagementpassword", of: "n1")?.reveal() == "{n1}")
        #expect(try !"\(inventory.attributes(ofGroup: "compute"))".contains("salt"))
    }

    @Test("interfaces have their typed attributes, the boot interface first")
    func interfaces() throws {
        var inventory = try site()
        try inventory.setNodes(
            "n1", "net.hwaddr=52:54:00:00:00:01", "net.ipv4_address=10.0.0.{n1}/24", "net.ipv4_gateway=10.0.0.254",
            "net.ib0.hwaddr=52:54:00:00:01:01", "net.ib0.hostname={node}-ib", "net.bond1.vlan_id=7",
            "net.bond1.vlan_parent=ib0")
        let interfaces = try inventory.interfaces(of: "n1")
        #expect(interfaces.map(\.name) == [nil, "bond1", "ib0"])
        #expect(interfaces[0].macAddress == MACAddress("52:54:00:00:00:01"))
        #expect(interfaces[0].address == IPv4Network("10.0.0.1/24"))
        #expect(interfaces[0].gateway == IPv4Address("10.0.0.254"))
        #expect(interfaces[0].mtu == 9000)
        #expect(interfaces[0].method == .static)
        #expect(interfaces[1].vlan == 7)
        #expect(interfaces[2].hostName == "n1-ib")
        #expect(try inventory.bootInterface(of: "n1") == interfaces[0])
    }

    @Test("a noderange chooses by effective values")
    func noderange() throws {
        var inventory = try site()
        try inventory.setNodes("n3", "custom.role=spare-{n1}")
        func names(_ text: String) throws -> String { try inventory.expand(.init(text)).joined(separator: " ") }
        #expect(try names("net.mtu=1400") == "n3")
        #expect(try names("compute") == "n1 n2")
        #expect(try names("everything,-compute") == "n3")
        #expect(try names("groups=rack1@net.mtu=4000") == "n2")
        #expect(try names("custom.role=~^spare") == "n3")
        #expect(try names("custom.role=") == "n1 n2")
        #expect(throws: MusterError.self) { try names("crypted.rootpassword=x") }
        let error = #expect(throws: MusterError.self) { try names("net.mtuu=9000") }
        #expect(error?.message.contains("column 1: there is no attribute 'net.mtuu'; did you mean net.mtu") == true)
    }
}
