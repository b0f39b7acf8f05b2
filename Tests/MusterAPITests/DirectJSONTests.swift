import DeploymentModel
import MusterAPI
import MusterBase
import Testing

@Suite("JSON by hand")
struct DirectJSONTests {
    private let strings = [
        "n1", "", "störung 日本 👍", "a\"b\\c/d", "line\nfeed\ttab\r\u{8}\u{C}", "\u{1}\u{1F}\u{7F}", "\u{2028}",
    ]

    /// Every property set, so that none can be forgotten: the test fails when one is nil.
    private func deployment(_ text: String) throws -> Deployment {
        var deployment = Deployment(
            id: text, node: text, profile: text, method: .tethered, image: text, armedAt: Timestamp(microseconds: 1),
            armedBy: text)
        deployment.state = .firstboot
        deployment.startedAt = Timestamp(microseconds: 1_700_000_000_123_456)
        deployment.finishedAt = Timestamp(microseconds: -1)
        deployment.lastEventAt = Timestamp(seconds: 0)
        deployment.lastStep = text
        deployment.stagedAt = Timestamp(seconds: 3)
        deployment.progress = 7
        deployment.failure = text
        deployment.keyGrantOpen = false
        let digest: ContentDigest = try #require(ContentDigest(octets: [UInt8](0..<32)))
        deployment.keyDigest = digest
        let former: ContentDigest = try #require(ContentDigest(octets: [UInt8](32..<64)))
        deployment.formerKeyDigest = former
        deployment.agentEvents = 12
        return deployment
    }

    private func status(_ text: String, _ deployment: Deployment?) throws -> StatusList.Status {
        let image: ImageReference = try #require(ImageReference("debian-12@7"))
        return StatusList.Status(
            node: text, deployment: deployment, running: image,
            lastHeartbeat: Timestamp(seconds: 1), alive: true, tethered: true, diagnosis: text)
    }

    /// Both ways give the same bytes, and both ways back the same value.
    private func expectSame<Value: Codable & Equatable>(_ value: Value) throws {
        let byHand = try MusterJSON.encode(value)
        let byCoding = try MusterJSON.encodeByCoding(value)
        #expect(String(decoding: byHand, as: UTF8.self) == String(decoding: byCoding, as: UTF8.self))
        #expect(try MusterJSON.decode(Value.self, from: byCoding, of: "value") == value)
        let pretty = try MusterJSON.encode(value, pretty: true)
        let prettyByCoding = try MusterJSON.encodeByCoding(value, pretty: true)
        #expect(String(decoding: pretty, as: UTF8.self) == String(decoding: prettyByCoding, as: UTF8.self))
        #expect(try MusterJSON.decode(Value.self, from: pretty, of: "value") == value)
    }

    private func expectAllSet(_ value: Any, _ place: SourceLocation = #_sourceLocation) {
        for child in Mirror(reflecting: value).children {
            let mirror = Mirror(reflecting: child.value)
            let isNil = mirror.displayStyle == .optional && mirror.children.isEmpty
            #expect(!isNil, "the test leaves \(child.label ?? "?") out", sourceLocation: place)
        }
    }

    @Test("deployments and their lists have the bytes of their own coding")
    func statuses() throws {
        expectAllSet(try deployment("x"))
        expectAllSet(try status("x", try deployment("x")))
        for text in strings { try expectSame(try deployment(text)) }
        let bare = Deployment(
            id: "1", node: "n", profile: "p", method: .untethered, image: nil, armedAt: Timestamp(seconds: 1),
            armedBy: "r")
        try expectSame(bare)
        let nothing = StatusList.Status(
            node: "n2", deployment: nil, running: nil, lastHeartbeat: nil, alive: false, diagnosis: nil)
        let list = try strings.map { try status($0, try deployment($0)) } + [nothing]
        try expectSame(StatusList(nodes: list, revision: .max))
        try expectSame(StatusList(nodes: [], revision: 0))
    }

    @Test("lists of nodes have the bytes of their own coding")
    func nodes() throws {
        let full = strings.map {
            NodeList.Node(
                name: $0, groups: [$0, "x"], address: IPv4Network("255.100.9.0/8"), mac: MACAddress("ff:00:0a:b0:00:01")
            )
        }
        expectAllSet(try #require(full.first))
        try expectSame(NodeList(nodes: full + [.init(name: "n", groups: [], address: nil, mac: nil)]))
        try expectSame(NodeList(nodes: []))
    }

    @Test("reports of events have the bytes of their own coding")
    func reports() throws {
        let events = strings.map {
            TraceEvent(
                time: Timestamp(microseconds: 1_700_000_000_000_001), source: .agent, step: $0, status: .retrying,
                message: $0, progress: 100)
        }
        expectAllSet(try #require(events.first))
        try expectSame(EventReport(deployment: "störung", firstNumber: .max, events: events))
        let bare = TraceEvent(
            time: Timestamp(seconds: 0), source: .operatorCommand, step: "", status: .done, message: "")
        try expectSame(EventReport(deployment: "", firstNumber: 0, events: [bare]))
        try expectSame([bare])
        try expectSame([TraceEvent]())
    }

    @Test(
        "what is allowed but unusual is read as well",
        arguments: [
            #" { "nodes" : [ ] , "revision" : 1e3 } "#,
            #"{"nodes":[{"alive":true,"node":"\ud83d\udc4d\u0041\/"}],"revision":1000}"#,
            #"{"new":{"a":[1,-2,"x",null,true,{}]},"nodes":[],"revision":1000}"#,
        ])
    func unusual(text: String) throws {
        let list: StatusList = try MusterJSON.decode(from: Array(text.utf8), of: "list")
        #expect(list.revision == 1000)
        if let node = list.nodes.first { #expect(node.node == "👍A/") }
    }

    @Test(
        "what is wrong is told with its place",
        arguments: [
            #"{"nodes":[{"alive":true}],"revision":1}"#, #"{"nodes":[]"#, #"{"nodes":[],"revision":1}x"#, "",
            #"{"nodes":[{"alive":true,"node":"n","deployment":{"state":"gone"}}],"revision":1}"#, "[]", "nul",
        ])
    func wrong(text: String) {
        let error = #expect(throws: MusterError.self) {
            try MusterJSON.decode(StatusList.self, from: Array(text.utf8), of: "the list")
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.hasPrefix("the list") == true)
    }

    @Test("bytes that were cut or changed anywhere never trap")
    func mutated() throws {
        let bytes = try MusterJSON.encode(
            StatusList(nodes: [try status("n\"1", try deployment("ä\n"))], revision: 5))
        for cut in bytes.indices {
            _ = try? MusterJSON.decode(StatusList.self, from: Array(bytes[..<cut]), of: "x")
            var changed = bytes
            changed[cut] = UInt8(truncatingIfNeeded: cut &* 37)
            _ = try? MusterJSON.decode(StatusList.self, from: changed, of: "x")
        }
    }
}
