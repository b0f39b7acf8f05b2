import Foundation

/// Files over HTTP and HTTPS, beside nginx with one worker.
struct WebBenchmark: Benchmark {
    static let name = "web"
    static let summary =
        "wrk with one thread (new sessions: openssl s_time) over loopback; nginx with one worker; the server has one processor"
    static let promises = WebBenchmark.cases.flatMap { [$0.what, "\($0.what), server's processor time"] }

    private struct Case: Sendable {
        enum Measure {
            case octets
            case requests
            /// Whole handshakes.
            case sessions
        }

        var what: String
        var isSecure: Bool
        var path: String
        var connections: Int
        var headers: [String] = []
        var measure: Measure
        var goal: Double?
    }

    private static let cases = [
        Case(
            what: "HTTP, 64 MiB file", isSecure: false, path: "/bench/large", connections: 4, measure: .octets, goal: 1),
        Case(
            what: "HTTP, 4 KiB files", isSecure: false, path: "/bench/small", connections: 32, measure: .requests,
            goal: 0.7),
        Case(
            what: "HTTP, ranges of 64 KiB", isSecure: false, path: "/bench/large", connections: 32,
            headers: ["Range: bytes=1048576-1114111"], measure: .requests, goal: nil),
        Case(
            what: "HTTPS, 64 MiB file", isSecure: true, path: "/bench/large", connections: 4, measure: .octets,
            goal: 0.9),
        Case(
            what: "HTTPS, 4 KiB files", isSecure: true, path: "/bench/small", connections: 32, measure: .requests,
            goal: 0.7),
        Case(
            what: "HTTPS, new sessions", isSecure: true, path: "/bench/small", connections: 4,
            measure: .sessions, goal: 0.8),
    ]

    func run(_ bench: Bench) async throws -> [Row] {
        let space = try NetworkNamespace("web", bench)
        let site = try MusterSite("web", networks: ["lo"], bench)
        let root = try bench.directory("web/public/bench")
        try bench.randomFile("\(root)/large", octets: 64 << 20)
        try bench.randomFile("\(root)/small", octets: 4096)
        let musterd = try site.start(in: space)
        try musterd.waitForPort(MusterSite.https, .tcp)
        let nginx = try NginxServer.start(site.publicDirectory, certificate: site.certificate, in: space, bench)
        defer { nginx.stop() }
        let worker = try NginxServer.worker(of: nginx)
        // Muster keeps small files in memory once they are two seconds old: times on disk are coarse.
        usleep(3_000_000)
        return try WebBenchmark.cases.flatMap { try measure($0, musterd, worker, Wrk(bench: bench, space: space)) }
    }

    private func measure(_ subject: Case, _ musterd: ChildProcess, _ worker: ProcessorClock, _ wrk: Wrk) throws -> [Row]
    {
        var busy: [String: [Double]] = [:]
        var costs: [String: [Double]] = [:]
        let isLarge = subject.measure == .octets
        func party(_ name: String, _ port: UInt16, _ clock: ProcessorClock) -> (String, () throws -> Double) {
            (
                name,
                {
                    let outcome =
                        try subject.measure == .sessions
                        ? OpenSSL.newSessions(
                            port, path: subject.path, seconds: 4, server: clock, in: wrk.space, wrk.bench)
                        : wrk.measure(
                            "\(subject.isSecure ? "https" : "http")://127.0.0.1:\(port)\(subject.path)",
                            connections: subject.connections, seconds: 4, headers: subject.headers, server: clock)
                    busy[name, default: []].append(outcome.busy)
                    let value = isLarge ? outcome.octets / 1e6 : outcome.requests
                    // Milliseconds a GB, or microseconds a request: both a million times what is divided here.
                    costs[name, default: []].append(outcome.busy / value * 1e6)
                    wrk.bench.say(
                        "\(name), \(subject.what): \(Int(value)), its processor \(Int(outcome.busy * 100)) % busy")
                    return value
                }
            )
        }
        let measured = try alternating(
            wrk.bench.rounds,
            [
                party("muster", subject.isSecure ? MusterSite.https : MusterSite.http, musterd.clock),
                party("nginx", subject.isSecure ? NginxServer.https : NginxServer.http, worker),
            ])
        let shares = busy.sorted { $0.key < $1.key }.map { "\($0.key) \(Int((median($0.value) * 100).rounded())) %" }
        // Where the load's processor is the limit, speed alone says little: this says what each server could do.
        let cost = costs.reduce(into: [:]) { result, entry in
            result[entry.key] = Row.Measured(program: entry.key, median: median(entry.value), rounds: entry.value)
        }
        return [
            Row(
                subject.what, unit: isLarge ? "MB/s" : "a second", better: .higher, measured,
                goal: subject.goal.map { .ratio(atLeast: $0) } ?? .none,
                notes: [
                    "\(subject.connections) connections; server's processor in use: \(shares.joined(separator: ", "))"
                ]),
            Row(
                "\(subject.what), server's processor time", unit: isLarge ? "ms/GB" : "µs", better: .lower, cost,
                goal: .none),
        ]
    }
}
