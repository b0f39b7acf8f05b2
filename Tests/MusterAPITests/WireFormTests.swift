import DeploymentModel
import MusterAPI
import MusterBase
import Testing

@Suite struct WireFormTests {
    /// Encodes, decodes and encodes again: a key that does not survive the way to snake_case and back shows here.
    private func roundTrip<Value: Codable & Equatable>(_ value: Value) throws {
        let bytes = try MusterJSON.encode(value)
        #expect(try MusterJSON.decode(Value.self, from: bytes, of: "value") == value)
    }

    private let mac = MACAddress(rawValue: 0x5254_0000_0001)
    private let time = Timestamp(seconds: 1_700_000_000)
    private var digest: ContentDigest? { ContentDigest(octets: [UInt8](repeating: 7, count: 32)) }

    @Test("keys stand in snake_case, addresses and times as text")
    func keys() throws {
        let machine = MachineDescription(
            uuid: MachineUUID(high: 1, low: 2), serial: nil, macs: [mac], architecture: "x86_64", firmware: "uefi",
            memory: 1, processors: 2)
        let request = EnrolRequest(machine: machine, keyDigest: try #require(digest), agent: "1", profile: "p")
        let text = String(decoding: try MusterJSON.encode(request), as: UTF8.self)
        #expect(text.contains(#""key_digest":"sha256:0707"#))
        #expect(text.contains(#""macs":["52:54:00:00:00:01"]"#))
        try roundTrip(request)
    }

    @Test("what the node API carries comes back whole")
    func nodeAPI() throws {
        try roundTrip(
            NodeConfiguration(
                node: "n1", hostname: "n1", domain: "example.org", deployment: "d", profile: "p", method: .untethered,
                image: ImageAssignment(
                    reference: try #require(ImageReference("debian-12@1")), manifestDigest: try #require(digest),
                    chunkKey: "07"),
                interfaces: [
                    InterfaceConfiguration(
                        name: "", hardwareAddress: mac, method: .static, address: IPv4Network("10.0.0.2/24"),
                        gateway: IPv4Address(10, 0, 0, 1), mtu: 9000)
                ],
                dnsServers: [IPv4Address(10, 0, 0, 1)], ntpServers: ["ntp"], timeZone: "UTC", locale: "C",
                keyboard: "us",
                rootKeys: ["ssh-ed25519 AAAA"], rootPasswordCrypt: nil, userAuthority: "x", knownHosts: ["y"],
                onbootScripts: [StageScript(name: "10-a", path: "/a", digest: try #require(digest))],
                members: ["10.0.0.1:443"], heartbeatInterval: 60))
        try roundTrip(
            Heartbeat(
                image: ImageReference("a@1"), bootIdentifier: "b", uptime: 1, memoryAvailable: 2, goingDown: false))
        try roundTrip(
            EventReport(
                deployment: "d", firstNumber: 3,
                events: [TraceEvent(time: time, source: .agent, step: "s", status: .done, message: "m", progress: 1)]))
    }

    @Test("an interface comes back whole, whatever it is made of; one that would be two things does not come at all")
    func interfaces() throws {
        let kinds: [InterfaceKind] = [
            .link, .bond(BondSettings(members: ["boot", "b"], mode: .lacp, lacpRate: .fast, hashPolicy: .layer3and4)),
            .bridge(BridgeSettings(ports: ["a"], spanningTree: true)), .vlan(VLANSettings(identifier: 42, parent: "a")),
        ]
        for kind in kinds {
            try roundTrip(
                InterfaceConfiguration(
                    name: "a", hardwareAddress: nil, method: .dhcp, address: nil, gateway: nil, mtu: nil,
                    systemNames: [try #require(LinkName("bond0"))], kind: kind, tag: 7,
                    routes: [try #require(StaticRoute("10.9.0.0/16 via 10.1.0.1 metric 5"))],
                    ipv6: .fixed(try #require(IPv6Network("fd00::1/64")), gateway: IPv6Address("fd00::2"))))
        }
        for text in [
            #"{"bridge":{"ports":[],"spanning_tree":true},"vlan":{"identifier":1,"parent":"a"}}"#,
            #"{"vlan":{"identifier":4095,"parent":"a"}}"#,
        ] {
            #expect(throws: MusterError.self) {
                try MusterJSON.decode(InterfaceKind.self, from: Array(text.utf8), of: "kind")
            }
        }
        #expect(throws: MusterError.self) {
            try MusterJSON.decode([LinkName].self, from: Array(#"["eth0\nx"]"#.utf8), of: "name")
        }
    }

    @Test("what the operators' API carries comes back whole")
    func operatorAPI() throws {
        var deployment = Deployment(
            id: "d", node: "n1", profile: "p", method: .untethered, image: "a@1", armedAt: time, armedBy: "root")
        deployment.keyDigest = digest
        deployment.formerKeyDigest = digest
        try roundTrip(
            StatusList(
                nodes: [
                    .init(
                        node: "n1", deployment: deployment, running: ImageReference("a@1"), lastHeartbeat: time,
                        alive: true, diagnosis: "x")
                ], revision: 9))
        try roundTrip(
            DiscoveryList(machines: [
                DiscoveredMachine(
                    mac: mac, uuid: MachineUUID(high: 1, low: 1), serial: "s", architecture: "a", vendorClass: "v",
                    interface: "eth0", relay: IPv4Address(1, 2, 3, 4), firstSeen: time, lastSeen: time, count: 3)
            ]))
        try roundTrip(DeployRequest(range: "n1", profile: "p", prepare: true, force: false, dryRun: true))
        try roundTrip(
            AttributeList(items: [
                .init(
                    name: "n1",
                    attributes: [
                        .init(name: "net.ipv4_address", value: "v", origin: "node", expression: "e", error: nil)
                    ])
            ]))
    }

    @Test("a problem gives back the error it was made from")
    func problems() {
        let error = MusterError(.conflict, "the key of n1 was granted", advice: "arm it again")
        let problem = Problem(error)
        #expect(problem.status == 409 && problem.type == "urn:muster:conflict")
        #expect(problem.error.code == .conflict)
        #expect(problem.error.description == "the key of n1 was granted; arm it again")
    }

    @Test(
        "a body that is not as it should be is refused with the place",
        arguments: [
            (#"{"range": 1, "shorten": true}"#, "range"), (#"{"shorten": true}"#, "range"), ("[]", "top"), ("{", ""),
        ])
    func malformed(text: String, place: String) {
        let error = #expect(throws: MusterError.self) {
            try MusterJSON.decode(ExpandRequest.self, from: Array(text.utf8), of: "request")
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains(place) == true)
    }
}
