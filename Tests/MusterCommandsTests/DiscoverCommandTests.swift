import MusterAPI
import MusterBase
import MusterCommands
import Testing

@Suite("discover")
struct DiscoverCommandTests {
    let fixture = CommandFixture()

    @Test("machines are listed, the one that tried last first")
    func list() async throws {
        let first = DiscoveredMachine(
            mac: try #require(MACAddress("52:54:00:00:00:01")),
            uuid: MachineUUID("00112233-4455-6677-8899-aabbccddeeff"),
            serial: "S1", architecture: "x86-64 UEFI", vendorClass: nil, interface: "eth1", relay: nil,
            firstSeen: try time("10:00:00"), lastSeen: try time("11:00:00"), count: 12)
        let second = DiscoveredMachine(
            mac: try #require(MACAddress("52:54:00:00:00:02")), uuid: nil, serial: nil, architecture: nil,
            vendorClass: "PXEClient:Arch:00000", interface: "eth1", relay: IPv4Address("10.2.0.1"),
            firstSeen: try time("11:59:00"), lastSeen: try time("11:59:30"), count: 1)
        try fixture.service.on("GET /api/v1/discoveries", DiscoveryList(machines: [first, second]))
        let outcome = await fixture.run("discover", "list")
        expectGolden("discover-list.txt", outcome.output)
    }

    @Test("assigning sends machine, node and attributes")
    func assign() async throws {
        try fixture.service.on("POST /api/v1/discoveries/assignment", ChangeResponse(names: ["n1"]))
        let outcome = await fixture.run("discover", "assign", "52:54:00:00:00:01", "n1", "groups=compute")
        #expect(outcome.output == "52:54:00:00:00:01 is n1 now\n")
        #expect(
            fixture.service.bodies == [#"{"assignments":["groups=compute"],"machine":"52:54:00:00:00:01","node":"n1"}"#]
        )
    }

    @Test(
        "a machine is a MAC address or a UUID, and forgetting wants machines or --all",
        arguments: [
            ["discover", "assign", "n7", "n1"], ["discover", "forget"], ["discover", "forget", "x"],
            ["discover", "forget", "52:54:00:00:00:01", "--all"],
        ])
    func usage(arguments: [String]) async {
        let outcome = await fixture.run(arguments)
        #expect(outcome.code == 64)
        #expect(fixture.service.requests.isEmpty)
    }

    @Test("each machine is forgotten by itself")
    func forget() async throws {
        try fixture.service.on(
            "DELETE /api/v1/discoveries?machine=52%3A54%3A00%3A00%3A00%3A01", ChangeResponse(names: []))
        let outcome = await fixture.run("discover", "forget", "52:54:00:00:00:01")
        #expect(outcome.code == 0)
    }
}
