import Inventory
import MusterBase
import NodeRange
import Testing

@Suite("changes of an inventory")
struct ChangeTests {
    private func site() throws -> Inventory {
        var inventory = Inventory()
        try inventory.defineGroups("compute")
        try inventory.defineNodes("n[1-3]", "groups=compute", "net.hwaddr=52:54:00:00:00:{n1:02x}")
        return inventory
    }

    @Test(
        "a wrong name, attribute or value is refused in one line, and changes nothing",
        arguments: [
            (["defineNodes", "n1"], "there is a node 'n1' already"),
            (["defineNodes", "compute"], "'compute' is the name of a group"),
            (["defineNodes", "N4"], "upper-case letters; write 'n4'"),
            (["defineNodes", "n4", "colour=red"], "there is no attribute 'colour'"),
            (
                ["defineNodes", "n4", "net.mtu=12"],
                "net.mtu: '12' is not allowed; expected: a whole number from 576 to 65535"
            ),
            (["defineNodes", "n4", "groups=storage"], "node n4: there is no group 'storage'"),
            (["defineNodes", "n4", "groups=everything"], "every node is in the group 'everything'"),
            (["defineNodes", "n4", "groups=rack{n1}"], "groups cannot be an expression"),
            (["defineNodes", "n4", "net.mtu+=1"], "net.mtu is no list"),
            (["defineNodes", "n4", "crypted.rootpassword=hunter2"], "the value is not allowed"),
            (["setNodes", "n9", "net.mtu=1500"], "there is no node 'n9'"),
            (["removeNodes", "n9"], "there is no node 'n9'"),
            (["defineGroups", "compute"], "there is a group 'compute' already"),
            (["defineGroups", "n1"], "the name of a node"),
            (["defineGroups", "everything"], "there is a group 'everything' already"),
            (["setGroups", "compute", "id.uuid=x"], "is for nodes"),
            (["setGroups", "storage", "net.mtu=1500"], "no group 'storage'"),
            (["removeGroups", "compute"], "3 nodes are in it"), (["removeGroups", "everything"], "cannot be removed"),
        ])
    func refused(words: [String], problem: String) throws {
        let inventory = try site()
        let names = NodeSet([words[1]])
        let assignments = try settings(Array(words.dropFirst(2)))
        let request: InventoryRequest =
            switch words[0] {
            case "defineNodes": .defineNodes(names, assignments)
            case "setNodes": .setNodes(names, assignments)
            case "removeNodes": .removeNodes(names)
            case "defineGroups": .defineGroups(names, assignments)
            case "setGroups": .setGroups(names, assignments)
            default: .removeGroups(names)
            }
        // The good request before it must not be done either.
        let error = #expect(throws: MusterError.self) { try inventory.plan([.defineNodes(["n77"]), request]) }
        #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
        #expect(error?.description.contains("\n") == false)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test("several requests make one change, each seeing those before it")
    func several() throws {
        var inventory = try site()
        inventory.apply(
            try inventory.plan([
                .defineGroups(["rack1"], [Assignment("location.rack", .set, "1")]),
                .defineNodes(["n4"], [Assignment("groups", .set, "rack1")]),
                .setNodes(["n4"], [Assignment("groups", .add, "compute")]), .removeNodes(["n1"]),
            ]))
        #expect(inventory.nodeNames == ["n2", "n3", "n4"])
        #expect(try inventory.groups(of: "n4") == ["rack1", "compute"])
        #expect(inventory.members(ofGroup: "compute") == ["n2", "n3", "n4"])
        #expect(inventory.members(ofGroup: "rack1") == ["n4"])
        #expect(inventory.node(mac: try #require(MACAddress("52:54:00:00:00:01"))) == nil)
    }

    @Test("a group can be removed in the change that takes its last members out")
    func removeEmptiedGroup() throws {
        var inventory = try site()
        inventory.apply(
            try inventory.plan([
                .setNodes(["n1", "n2", "n3"], [Assignment("groups", .remove, "compute")]), .removeGroups(["compute"]),
            ]))
        #expect(!inventory.hasGroup("compute"))
        #expect(inventory.groupNames == ["everything"])
    }

    @Test("no two nodes have one MAC address, UUID or IPv4 address; the line names the other node")
    func duplicates() throws {
        var inventory = try site()
        let uuid = "4c4c4544-0042-3510-8056-b7c04f4b3332"
        try inventory.setNodes("n1", "id.uuid=\(uuid)", "net.ipv4_address=10.0.0.1/24", "id.serial=S")
        let cases = [
            (
                "net.hwaddr=52-54-00-00-00-01",
                "net.hwaddr of node n2: MAC address 52:54:00:00:00:01 already belongs to node n1"
            ),
            ("net.ib0.hwaddr=52:54:00:00:00:01", "net.ib0.hwaddr of node n2: MAC address 52:54:00:00:00:01"),
            ("id.uuid=\(uuid.uppercased())", "UUID \(uuid) already belongs to node n1"),
            ("net.ipv4_address=10.0.0.{n1-1}/8", "IPv4 address 10.0.0.1 already belongs to node n1"),
        ]
        for (setting, problem) in cases {
            let error = #expect(throws: MusterError.self) { try inventory.setNodes("n2", setting) }
            #expect(error?.code == .conflict)
            #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
        }
        // Serial numbers may be the same; then they find nobody.
        #expect(inventory.node(serial: "S") == "n1")
        try inventory.setNodes("n2", "id.serial=S")
        #expect(inventory.node(serial: "S") == nil)
    }

    @Test("two new nodes with one address are refused, and so is a group that lends one")
    func duplicatesWithin() throws {
        var inventory = try site()
        #expect(throws: MusterError.self) { try inventory.defineNodes("m[1-2]", "net.hwaddr=52:54:00:00:01:01") }
        #expect(throws: MusterError.self) { try inventory.setGroups("compute", "net.ipv4_address=10.0.0.1/24") }
        #expect(throws: MusterError.self) { try inventory.setGroups("everything", "net.ipv4_address=10.0.0.1/24") }
        try inventory.setGroups("everything", "net.ipv4_address=10.0.0.{n1}/24")
        #expect(throws: MusterError.self) { try inventory.defineNodes("m1") }
        try inventory.defineNodes("m1", "net.ipv4_address=10.0.0.101/24")
    }

    @Test("addresses can be exchanged in one change, and given on after a removal")
    func exchange() throws {
        var inventory = try site()
        let first = Assignment("net.hwaddr", .set, "52:54:00:00:00:01")
        let second = Assignment("net.hwaddr", .set, "52:54:00:00:00:02")
        inventory.apply(try inventory.plan([.setNodes(["n1"], [second]), .setNodes(["n2"], [first])]))
        #expect(inventory.node(mac: try #require(MACAddress("52:54:00:00:00:01"))) == "n2")
        #expect(inventory.node(mac: try #require(MACAddress("52:54:00:00:00:02"))) == "n1")
        inventory.apply(try inventory.plan([.removeNodes(["n1"]), .defineNodes(["m1"], [second])]))
        #expect(inventory.node(mac: try #require(MACAddress("52:54:00:00:00:02"))) == "m1")
    }

    @Test("an expression on a group finds its members, and follows them")
    func groupExpression() throws {
        var inventory = try site()
        let address = try #require(IPv4Address("10.1.0.2"))
        try inventory.setGroups("compute", "net.ipv4_address=10.1.0.{n1}/16")
        #expect(inventory.node(address: address) == "n2")
        try inventory.setGroups("compute", "net.ipv4_address=10.1.0.{n1+1}/16")
        #expect(inventory.node(address: address) == "n1")
        try inventory.setNodes("n1", "groups=")
        #expect(inventory.node(address: address) == nil)
        try inventory.setNodes("n1", "groups=compute")
        #expect(inventory.node(address: address) == "n1")
        try inventory.setGroups("compute", "net.ipv4_address=")
        #expect(inventory.node(address: address) == nil)
    }

    @Test("removing what is not in a list does nothing, and an emptied list is inherited again")
    func lists() throws {
        var inventory = try site()
        try inventory.setGroups("compute", "dns.servers=10.0.0.9")
        try inventory.setNodes("n1", "dns.servers+=10.0.0.1,10.0.0.2", "dns.servers-=10.0.0.7")
        #expect(try inventory.value("dns.servers", of: "n1") == "10.0.0.9,10.0.0.1,10.0.0.2")
        try inventory.setNodes("n1", "dns.servers=10.0.0.1")
        try inventory.setNodes("n1", "dns.servers+=10.0.0.1,10.0.0.3", "dns.servers-=10.0.0.1,10.0.0.2,10.0.0.3")
        #expect(try inventory.value("dns.servers", of: "n1") == "10.0.0.9")
        try inventory.setNodes("n1", "dns.servers=10.0.{n1}.1")
        #expect(throws: MusterError.self) { try inventory.setNodes("n1", "dns.servers+=10.0.0.1") }
    }
}

@Suite("noderanges of an inventory")
struct InventoryRangeTests {
    @Test("sets from elsewhere are asked after nodes and groups, and hold no node that is not there")
    func sets() throws {
        var inventory = Inventory()
        try inventory.defineGroups("armed")
        try inventory.defineNodes("r[1-2]u[1-2]", "groups=armed")
        let sets = ["failed": ["r1u2", "r9u9"], "armed": ["r1u1"]]
        func names(_ range: String) throws -> String {
            try inventory.expand(try NodeRange(range), sets: { sets[$0] }).names.joined(separator: " ")
        }
        #expect(try names("r[1-2]u[1-2],-@failed") == "r1u1 r2u1 r2u2")
        #expect(try names("@failed") == "r1u2")
        #expect(try names("@armed") == "r1u1 r1u2 r2u1 r2u2")
        #expect(throws: MusterError.self) { try names("@lost") }
    }
}
