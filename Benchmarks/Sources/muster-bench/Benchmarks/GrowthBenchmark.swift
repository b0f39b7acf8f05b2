import Foundation

/// What one request costs musterd in processor time, with 1,000 and with 100,000 nodes.
struct GrowthBenchmark: Benchmark {
    static let name = "growth"
    static let summary = """
        processor time of musterd for one request, with 100,000 nodes beside 1,000, all of them armed for the requests \
        of nodes; "ratio" is the growth turned round
        """
    static let promises = [
        "DHCP exchange", "configuration of a node", "heartbeat of a node", "whole machine",
    ].map {
        "processor time, \($0), 100000 nodes"
    }

    func run(_ bench: Bench) async throws {
        let large = try Member("muster", 100_000, 6, bench)
        let small = try Member("muster-1000", 1000, 7, bench)
        bench.add(try row(GrowthBenchmark.promises[0], [large, small], bench) { try $0.exchangeCost() })
        for member in [large, small] { try member.armAndEnrol() }
        for member in [large, small] { try member.site.waitUntilQuiet() }
        bench.add(try row(GrowthBenchmark.promises[1], [large, small], bench) { try $0.configurationCost() })
        bench.add(try row(GrowthBenchmark.promises[2], [large, small], bench) { try $0.heartbeatCost() })
        for member in [large, small] { member.site.stop() }
        let fleets = [
            try FleetMember("muster", 100_000, 8, bench), try FleetMember("muster-1000", 1000, 9, bench),
        ]
        let measured = try alternating(
            bench.rounds, fleets.map { fleet in (fleet.name, { try fleet.machineCost() }) })
        bench.add(
            Row(
                GrowthBenchmark.promises[3], unit: "µs", better: .lower, measured, goal: GrowthBenchmark.goal,
                notes: ["\(FleetMember.machines) machines of `muster simulate` from DHCP to deployed, 512 at a time"]))
    }

    private func row(
        _ what: String, _ members: [Member], _ bench: Bench, _ cost: @escaping (Member) throws -> Double
    ) throws -> Row {
        let measured = try alternating(bench.rounds, members.map { member in (member.name, { try cost(member) }) })
        return Row(
            what, unit: "µs", better: .lower, measured, goal: GrowthBenchmark.goal,
            notes: what == GrowthBenchmark.promises[0] ? [] : ["one node asks again and again"])
    }

    /// Growth by at most 1.2.
    private static let goal = Row.Goal.ratio(atLeast: 1 / 1.2)
}

/// A musterd with some nodes, and a machine on its network that is node n1.
private final class Member {
    let name: String
    private let nodes: Int
    private let bench: Bench
    private let space: NetworkNamespace
    private let load: NetworkNamespace
    let site: MusterSite
    private let service: ChildProcess
    private let address: String
    private let loadAddress: String
    private var key = ""

    init(_ name: String, _ nodes: Int, _ number: Int, _ bench: Bench) throws {
        self.name = name
        self.nodes = nodes
        self.bench = bench
        space = try NetworkNamespace("growth\(number)", bench)
        load = try NetworkNamespace("client\(number)", bench)
        (address, loadAddress) = ("10.20\(number).0.1", "10.20\(number).0.2")
        try NetworkNamespace.connect(
            (space, "srv\(number)", "02:00:00:00:00:1\(number)", "\(address)/8"),
            (load, "load\(number)", KnownNodes.mac(1), "\(loadAddress)/8"))
        try bench.run(["ip", "-n", load.name, "address", "add", "\(KnownNodes.address(1))/8", "dev", "load\(number)"])
        site = try MusterSite("growth-\(nodes)", networks: ["srv\(number)"], bench)
        service = try site.start(in: space)
        try site.define(nodes)
        try service.waitForPort(67, .udp)
        try service.waitForPort(MusterSite.https, .tcp)
    }

    /// In microseconds, as all that follow.
    func exchangeCost() throws -> Double {
        let perfdhcp = PerfDHCP(
            bench: bench, space: load, local: loadAddress, server: address, clients: nodes,
            clock: service.clock)
        let before = try service.clock.seconds()
        let outcome = try perfdhcp.measure(rate: 2000, seconds: 3)
        guard outcome.drops < 0.05 else { throw BenchError("\(Int(outcome.drops * 100)) % of exchanges were lost") }
        return (try service.clock.seconds() - before) / (outcome.achieved * 3) * 1e6
    }

    func configurationCost() throws -> Double {
        try requestCost("/node/v1/configuration", headers: ["Authorization: Bearer \(key)"])
    }

    func heartbeatCost() throws -> Double {
        try requestCost(
            "/node/v1/heartbeat", headers: ["Authorization: Bearer \(key)"],
            script: """
                wrk.method = "POST"
                wrk.body = '{"boot_identifier":"b","going_down":false,"image":"bench@1","memory_available":1000000,"uptime":60}'
                """)
    }

    private func requestCost(_ path: String, headers: [String], script: String? = nil) throws -> Double {
        let wrk = Wrk(bench: bench, space: load)
        let before = try service.clock.seconds()
        let outcome = try wrk.measure(
            "https://\(address):\(MusterSite.https)\(path)", connections: 8, seconds: 2, headers: headers,
            script: script)
        return (try service.clock.seconds() - before) / outcome.count * 1e6
    }

    /// Arms all nodes for a profile, and has the key of n1 granted to the machine on the network.
    func armAndEnrol() throws {
        try site.makeProfile()
        try site.muster(["deploy", "n[1-\(nodes)]", "bench", "--yes"], seconds: 300)
        let octets = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        key = octets.map { String(format: "%02x", $0) }.joined()
        let file = "\(bench.work)/key"
        try Data(octets).write(to: URL(fileURLWithPath: file))
        let digest = try bench.run(["sha256sum", "--binary", file]).prefix(64)
        let request = """
            {"agent":"bench","key_digest":"sha256:\(digest)","machine":{"architecture":"x86_64","firmware":"bios",\
            "macs":["\(KnownNodes.mac(1))"],"memory":1073741824,"processors":1}}
            """
        let answer = try bench.run(
            load.command(
                [
                    "curl", "--silent", "--show-error", "--insecure", "--interface", KnownNodes.address(1), "--data",
                    request, "https://\(address):\(MusterSite.https)/node/v1/enrol",
                ], processor: Bench.loadProcessor))
        guard answer.contains("\"deployment\"") else { throw BenchError("n1 did not get its key: \(answer)") }
    }
}

/// A musterd with the nodes of `muster simulate`, and a network beside it in which some of them are played: enrolment,
/// configuration, events, certificates and heartbeats of many nodes, each from its own address.
private final class FleetMember {
    /// How many are played.
    static let machines = 1000

    let name: String
    private let bench: Bench
    private let load: NetworkNamespace
    private let site: MusterSite
    private let service: ChildProcess
    private let arguments: [String]

    /// What their network is; nothing else of this run has addresses in it.
    private static let network = "10.64.0.0/14"

    init(_ name: String, _ nodes: Int, _ number: Int, _ bench: Bench) throws {
        self.name = name
        self.bench = bench
        let space = try NetworkNamespace("growth\(number)", bench)
        load = try NetworkNamespace("client\(number)", bench)
        try NetworkNamespace.connect(
            (space, "srv\(number)", "02:00:00:00:00:1\(number)", "192.0.2.1/30"),
            (load, "load\(number)", "02:00:00:00:00:2\(number)", "192.0.2.2/30"))
        try bench.run(["ip", "-n", space.name, "route", "add", FleetMember.network, "via", "192.0.2.2"])
        site = try MusterSite("fleet-\(nodes)", networks: ["srv\(number)"], hasUsualPorts: true, bench)
        try site.standInForBootFiles()
        service = try site.start(in: space)
        arguments = ["--network", FleetMember.network, "--unknown", "0"]
        let definition = try bench.run(
            [bench.muster, "simulate", "--nodes", String(nodes), "--definition"] + arguments)
        try bench.run(["sh", "-c", "exec '\(bench.programs)'/\(definition.dropLast()) --state-dir '\(site.directory)'"])
        try site.makeProfile()
        try service.waitForPort(67, .udp)
        try service.waitForPort(443, .tcp)
    }

    /// Microseconds for each machine that was armed and then played to its end.
    func machineCost() throws -> Double {
        let count = FleetMember.machines
        try site.muster(["deploy", "sim[1-\(count)]", "bench", "--yes", "--force"], seconds: 300)
        try site.waitUntilQuiet()
        let before = try service.clock.seconds()
        let text = try bench.run(
            load.command(
                [
                    bench.muster, "simulate", "--nodes", String(count), "--storm", "--members", "192.0.2.1", "--output",
                    "json",
                ] + arguments, processor: Bench.loadProcessor), accepting: [0, 1])
        let used = try service.clock.seconds() - before
        struct Report: Decodable { var deployed: Int }
        let report = try? JSONDecoder().decode(Report.self, from: Data(text.utf8))
        guard report?.deployed == count else {
            throw BenchError("\(report?.deployed ?? 0) of \(count) machines were deployed")
        }
        return used / Double(count) * 1e6
    }
}
