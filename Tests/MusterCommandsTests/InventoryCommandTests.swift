import MusterAPI
import MusterBase
import MusterCommands
import Testing

@Suite("node, group and attribute commands")
struct InventoryCommandTests {
    let fixture = CommandFixture()

    private func sampleNodes() -> NodeList {
        NodeList(nodes: [
            .init(
                name: "n1", groups: ["compute", "gpu"], address: IPv4Network("10.1.0.1/16"),
                mac: MACAddress("52:54:00:00:00:01")),
            .init(name: "n10", groups: [], address: nil, mac: nil),
            .init(name: "störung", groups: ["日本"], address: nil, mac: nil),
        ])
    }

    @Test("a list of nodes is aligned by display width")
    func list() async throws {
        try fixture.service.on("GET /api/v1/nodes", sampleNodes())
        let outcome = await fixture.run("node", "list")
        #expect(outcome.code == 0)
        #expect(outcome.errors.isEmpty)
        expectGolden("node-list.txt", outcome.output)
    }

    @Test("JSON is one document with keys in snake_case")
    func json() async throws {
        try fixture.service.on("GET /api/v1/nodes?range=n%5B1-10%5D%2C-n7", sampleNodes())
        let outcome = await fixture.run("node", "list", "n[1-10],-n7", "--output", "json")
        expectGolden("node-list.json", outcome.output)
    }

    @Test("a narrow terminal cuts the column that may be cut, with an ellipsis")
    func narrow() async throws {
        var fixture = fixture
        fixture.terminal = CommandFixture.screen
        fixture.terminal.columns = 60
        let groups = (1...20).map { "group\($0)" }
        try fixture.service.on(
            "GET /api/v1/nodes",
            NodeList(nodes: [.init(name: "n1", groups: groups, address: IPv4Network("10.1.0.1/16"), mac: nil)]))
        let outcome = await fixture.run("node", "list")
        let row = try #require(outcome.output.split(separator: "\n").last)
        #expect(row.count == 60)
        #expect(row.hasSuffix("…"))
    }

    @Test("defining nodes sends the range and the assignments as they were typed")
    func define() async throws {
        try fixture.service.on("POST /api/v1/nodes", ChangeResponse(names: ["n1", "n2", "n3"]))
        let outcome = await fixture.run("node", "define", "n[1-3]", "groups=compute", "net.ipv4_address=10.1.0.{n1}/16")
        #expect(outcome.output == "defined 3 nodes: n[1-3]\n")
        #expect(
            fixture.service.bodies == [
                #"{"assignments":["groups=compute","net.ipv4_address=10.1.0.{n1}/16"],"range":"n[1-3]"}"#
            ])
    }

    @Test(
        "set, remove and their group forms call their own method and path",
        arguments: [
            (["node", "set", "n1", "net.mtu="], "PATCH /api/v1/nodes", "changed 1 node: n1\n"),
            (["node", "remove", "n1"], "DELETE /api/v1/nodes?range=n1", "removed 1 node: n1\n"),
            (["group", "define", "n1"], "POST /api/v1/groups", "defined 1 group: n1\n"),
            (["group", "set", "n1", "dns.servers+=10.0.0.1"], "PATCH /api/v1/groups", "changed 1 group: n1\n"),
            (["group", "remove", "n1"], "DELETE /api/v1/groups?range=n1", "removed 1 group: n1\n"),
        ])
    func changes(arguments: [String], target: String, output: String) async throws {
        try fixture.service.on(target, ChangeResponse(names: ["n1"]))
        let outcome = await fixture.run(arguments)
        #expect(outcome.code == 0)
        #expect(outcome.output == output)
    }

    @Test(
        "what is no assignment is a fault of usage, and the service is not asked",
        arguments: [
            ["node", "define", "n1", "groups"], ["node", "set", "n1", "=x"], ["node", "set", "n1"],
            ["group", "set", "g"],
        ])
    func badAssignments(arguments: [String]) async {
        let outcome = await fixture.run(arguments)
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("attr=value"))
        #expect(fixture.service.requests.isEmpty)
    }

    @Test("what the service refuses is said in one line, its advice below, with the code of its kind")
    func refused() async {
        fixture.service.on(
            "POST /api/v1/nodes",
            fails: MusterError(.invalidInput, "there is no attribute 'net.mtuu'", advice: "did you mean net.mtu?"))
        let outcome = await fixture.run("node", "define", "n1", "net.mtuu=1")
        #expect(outcome.code == 64)
        #expect(outcome.errors == "muster: there is no attribute 'net.mtuu'\n        did you mean net.mtu?\n")
    }

    @Test("--blame says where each value comes from, and an expression's error stands in the place of its value")
    func blame() async throws {
        let attributes: [AttributeList.Attribute] = [
            .init(name: "groups", value: "compute", origin: "node", expression: nil, error: nil),
            .init(
                name: "net.ipv4_address", value: "10.1.0.1/16", origin: "group compute", expression: "10.1.0.{n1}/16",
                error: nil),
            .init(
                name: "custom.slot", value: nil, origin: "group compute", expression: "{n2}",
                error: "n1 has no second number"),
        ]
        try fixture.service.on(
            "GET /api/v1/node-attributes?range=n1&attribute=net.%2A&attribute=custom.%2A",
            AttributeList(items: [.init(name: "n1", attributes: attributes)]))
        let outcome = await fixture.run("node", "show", "n1", "net.*", "custom.*", "--blame")
        expectGolden("node-show-blame.txt", outcome.output)
    }

    @Test("groups are listed with their nodes printed short")
    func groups() async throws {
        try fixture.service.on(
            "GET /api/v1/groups", GroupList(groups: [.init(name: "compute", count: 40, nodes: "n[1-40]")]))
        let outcome = await fixture.run("group", "list")
        #expect(outcome.output == "GROUP    COUNT  NODES\ncompute     40  n[1-40]\n")
    }

    @Test(
        "a pattern picks attributes by their names",
        arguments: [("net.*", 2), ("*addr*", 1), ("groups", 1), ("*", 3)])
    func attributePatterns(pattern: String, count: Int) async throws {
        let names = ["groups", "net.hwaddr", "net.mtu"]
        try fixture.service.on(
            "GET /api/v1/attribute-definitions",
            AttributeDefinitionList(
                definitions: names.map { .init(name: $0, type: "text", summary: "x", example: nil) }))
        let outcome = await fixture.run("attribute", "list", pattern)
        #expect(outcome.output.split(separator: "\n").count == count + 1)
        let none = await fixture.run("attribute", "list", "net")
        #expect(none.code == 64 && none.output.isEmpty)
        #expect(none.errors.contains("'net'"), "\(none.errors)")
    }
}
