import Foundation

/// What one request costs musterd in processor time, with 1,000 and with 100,000 nodes.
struct GrowthBenchmark: Benchmark {
    static let name = "growth"
    static let summary = """
        processor time of musterd for one request, with 100,000 nodes beside 1,000, all of them armed for the requests \
        of nodes; "ratio" is the growth turned round
        """
    static let promises = ["DHCP exchange", "configuration of a node", "heartbeat of a node"].map {
        "processor time, \($0), 100000 nodes"
    }

    func run(_ bench: Bench) async throws -> [Row] {
        let large = try Member("muster", 100_000, 6, bench)
        let small = try Member("muster-1000", 1000, 7, bench)
        var rows = [try row(GrowthBenchmark.promises[0], [large, small], bench) { try $0.exchangeCost() }]
        for member in [large, small] { try member.armAndEnrol() }
        for member in [large, small] { try member.waitUntilQuiet() }
        rows.append(try row(GrowthBenchmark.promises[1], [large, small], bench) { try $0.configurationCost() })
        rows.append(try row(GrowthBenchmark.promises[2], [large, small], bench) { try $0.heartbeatCost() })
        return rows
    }

    private func row(
        _ what: String, _ members: [Member], _ bench: Bench, _ cost: @escaping (Member) throws -> Double
    ) throws -> Row {
        let measured = try alternating(bench.rounds, members.map { member in (member.name, { try cost(member) }) })
        // Growth by at most 1.2 is a ratio of at least 1 / 1.2.
        return Row(what, unit: "µs", better: .lower, measured, goal: .ratio(atLeast: 1 / 1.2))
    }
}

/// A musterd with some nodes, and a machine on its network that is node n1.
private final class Member {
    let name: String
    private let nodes: Int
    private let bench: Bench
    private let space: NetworkNamespace
    private let load: NetworkNamespace
    private let site: MusterSite
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
        let perfdhcp = PerfDHCP(bench: bench, space: load, local: loadAddress, server: address, clients: nodes)
        let before = try service.clock.seconds()
        let outcome = try perfdhcp.measure(rate: 2000, seconds: 4)
        guard outcome.drops < 0.05 else { throw BenchError("\(Int(outcome.drops * 100)) % of exchanges were lost") }
        return (try service.clock.seconds() - before) / (outcome.achieved * 4) * 1e6
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
            "https://\(address):\(MusterSite.https)\(path)", connections: 8, seconds: 3, headers: headers,
            script: script)
        return (try service.clock.seconds() - before) / outcome.count * 1e6
    }

    /// Arms all nodes for a profile, and has the key of n1 granted to the machine on the network.
    func armAndEnrol() throws {
        try makeProfile()
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

    /// What was armed is still being written behind the scenes.
    func waitUntilQuiet() throws {
        let limit = now() + 60
        while now() < limit {
            let before = try service.clock.seconds()
            usleep(500_000)
            if try service.clock.seconds() - before < 0.01 { return }
        }
        throw BenchError("musterd with \(nodes) nodes is not quiet after a minute")
    }

    /// A profile whose image is there by name only: nothing boots it.
    private func makeProfile() throws {
        let images = try bench.directory("growth-\(nodes)/public/images/bench/1")
        let digest = "sha256:" + String(repeating: "0", count: 64)
        let files = ["kernel", "initramfs", "root.squashfs"]
        for name in files { try bench.write("", to: "\(images)/\(name)") }
        try bench.write(
            """
            {"architecture":"x86_64","created":"2026-01-01T00:00:00Z","distribution":"debian","distribution_version":"12",\
            "files":[\(files.map { #"{"digest":"\#(digest)","name":"\#($0)","size":0}"# }.joined(separator: ","))],\
            "kernel_release":"6.1.0","minimal_memory":1,"name":"bench","packages":[],"recipe_digest":"\(digest)",\
            "schema":1,"version":1}
            """, to: "\(images).manifest")
        try bench.write(String(repeating: "0", count: 128) + "\n", to: "\(images).manifest.sig")
        try site.muster(["profile", "create", "bench", "bench@1"])
    }
}
