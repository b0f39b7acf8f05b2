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
        /// The answer's body, in octets.
        var size: Int
        var connections: Int
        /// The first and last octet that is asked for.
        var range: ClosedRange<Int>?
        /// Whether it takes turns with all the small files, and not one file.
        var rotates = false
        var measure: Measure
        var goal: Double?
    }

    private static let largeSize = 64 << 20
    private static let smallSize = 4096
    /// As many as a rack's worth of boot scripts: no server gets away with remembering the last one.
    private static let smallFiles = 1000
    private static let range = (1 << 20)...((1 << 20) + (64 << 10) - 1)

    private static let cases = [
        Case(
            what: "HTTP, 64 MiB file", isSecure: false, path: "/bench/large", size: largeSize, connections: 4,
            measure: .octets, goal: 1),
        Case(
            what: "HTTP, 4 KiB files", isSecure: false, path: "/bench/small/1", size: smallSize, connections: 32,
            rotates: true, measure: .requests, goal: 0.7),
        Case(
            what: "HTTP, ranges of 64 KiB", isSecure: false, path: "/bench/large", size: range.count, connections: 32,
            range: range, measure: .requests, goal: nil),
        Case(
            what: "HTTPS, 64 MiB file", isSecure: true, path: "/bench/large", size: largeSize, connections: 4,
            measure: .octets, goal: 0.9),
        Case(
            what: "HTTPS, 4 KiB files", isSecure: true, path: "/bench/small/1", size: smallSize, connections: 32,
            rotates: true, measure: .requests, goal: 0.7),
        Case(
            what: "HTTPS, ranges of 64 KiB", isSecure: true, path: "/bench/large", size: range.count, connections: 32,
            range: range, measure: .requests, goal: nil),
        Case(
            what: "HTTPS, new sessions", isSecure: true, path: "/bench/small/1", size: smallSize, connections: 4,
            measure: .sessions, goal: 0.8),
    ]

    func run(_ bench: Bench) async throws {
        let space = try NetworkNamespace("web", bench)
        let site = try MusterSite("web", networks: ["lo"], bench)
        let root = try bench.directory("web/public/bench")
        try bench.randomFile("\(root)/large", octets: WebBenchmark.largeSize)
        _ = try bench.directory("web/public/bench/small")
        for number in 1...WebBenchmark.smallFiles {
            try bench.randomFile("\(root)/small/\(number)", octets: WebBenchmark.smallSize)
        }
        let musterd = try site.start(in: space)
        try musterd.waitForPort(MusterSite.https, .tcp)
        let nginx = try NginxServer.start(site.publicDirectory, certificate: site.certificate, in: space, bench)
        defer { nginx.stop() }
        let worker = try NginxServer.worker(of: nginx)
        // Muster keeps small files in memory once they are two seconds old: times on disk are coarse.
        usleep(3_000_000)
        for subject in WebBenchmark.cases {
            let parties =
                [Party("muster", musterd.clock, (MusterSite.http, MusterSite.https))]
                + NginxServer.variants(for: subject.rotates && !subject.isSecure).map {
                    Party($0.name, worker, ($0.http, $0.https))
                }
            for party in parties { try check(subject, party, site.publicDirectory, space, bench) }
            for row in try measure(subject, parties, Wrk(bench: bench, space: space)) { bench.add(row) }
        }
    }

    private struct Party {
        let name: String
        let clock: ProcessorClock
        private let ports: (http: UInt16, https: UInt16)

        init(_ name: String, _ clock: ProcessorClock, _ ports: (http: UInt16, https: UInt16)) {
            self.name = name
            self.clock = clock
            self.ports = ports
        }

        func port(_ subject: Case) -> UInt16 { subject.isSecure ? ports.https : ports.http }

        func url(_ subject: Case) -> String {
            "\(subject.isSecure ? "https" : "http")://127.0.0.1:\(port(subject))\(subject.path)"
        }
    }

    /// Throws unless the server gives what is asked for, octet for octet.
    private func check(
        _ subject: Case, _ party: Party, _ root: String, _ space: NetworkNamespace, _ bench: Bench
    ) throws {
        let output = "\(bench.work)/answer"
        unlink(output)
        let range = subject.range.map { ["--range", "\($0.lowerBound)-\($0.upperBound)"] } ?? []
        let status = try bench.run(
            space.command(
                ["curl", "--silent", "--show-error", "--insecure", "--output", output, "--write-out", "%{http_code}"]
                    + range + [party.url(subject)], processor: Bench.loadProcessor))
        let answer = try Data(contentsOf: URL(fileURLWithPath: output))
        var file = try Data(contentsOf: URL(fileURLWithPath: root + subject.path))
        if let range = subject.range { file = file[range] }
        guard status == (subject.range == nil ? "200" : "206"), answer == file else {
            throw BenchError(
                "\(party.name) answers \(subject.path) with status \(status) and \(answer.count) octets, not the file's"
            )
        }
    }

    private func measure(_ subject: Case, _ parties: [Party], _ wrk: Wrk) throws -> [Row] {
        var busy: [String: [Double]] = [:]
        var costs: [String: [Double]] = [:]
        let isLarge = subject.measure == .octets
        let headers = subject.range.map { ["Range: bytes=\($0.lowerBound)-\($0.upperBound)"] } ?? []
        let script = subject.rotates ? rotation(subject) : nil
        func measure(_ party: Party) -> (name: String, measure: () throws -> Double) {
            (
                party.name,
                {
                    let outcome =
                        try subject.measure == .sessions
                        ? OpenSSL.newSessions(
                            party.port(subject), path: subject.path, size: subject.size, seconds: 2,
                            server: party.clock, in: wrk.space, wrk.bench)
                        : wrk.measure(
                            party.url(subject), connections: subject.connections, seconds: 2, headers: headers,
                            script: script, size: subject.size, server: party.clock)
                    busy[party.name, default: []].append(outcome.busy)
                    let value = isLarge ? outcome.octets / 1e6 : outcome.requests
                    // Milliseconds a GB, or microseconds a request: both a million times what is divided here.
                    costs[party.name, default: []].append(outcome.busy / value * 1e6)
                    wrk.bench.say(
                        "\(party.name), \(subject.what): \(Int(value)), its processor \(Int(outcome.busy * 100)) % busy"
                    )
                    return value
                }
            )
        }
        let measured = try alternating(wrk.bench.rounds, parties.map(measure))
        // Where the load's processor is the limit, speed says little: what each server needs for it is judged then.
        let isLoadLimit = busy.values.contains { median($0) < Bench.busyEnough }
        let goal: Row.Goal = subject.goal.map { .ratio(atLeast: $0) } ?? .none
        var notes = ["\(subject.connections) connections"]
        if subject.rotates { notes.append("\(WebBenchmark.smallFiles) files in turns") }
        if isLoadLimit {
            notes.append("the load was the limit, not each server, so its processor time is judged and not its speed")
        }
        let shares = busy.sorted { $0.key < $1.key }.map { "\($0.key) \(Int((median($0.value) * 100).rounded())) %" }
        notes.append("server's processor in use: \(shares.joined(separator: ", "))")
        let cost = costs.reduce(into: [:]) { result, entry in
            result[entry.key] = Row.Measured(program: entry.key, median: median(entry.value), rounds: entry.value)
        }
        return [
            Row(
                subject.what, unit: isLarge ? "MB/s" : "a second", better: .higher, measured,
                goal: isLoadLimit ? .none : goal, notes: notes),
            Row(
                "\(subject.what), server's processor time", unit: isLarge ? "ms/GB" : "µs", better: .lower, cost,
                goal: isLoadLimit ? goal : .none),
        ]
    }

    /// The small files in turns, for wrk. The requests are made before the first is sent.
    private func rotation(_ subject: Case) -> String {
        let directory = subject.path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        return """
            local requests, turn = {}, 0
            init = function(arguments)
              for number = 1, \(WebBenchmark.smallFiles) do
                requests[number] = wrk.format("GET", "\(directory)/" .. number)
              end
            end
            request = function()
              turn = turn % #requests + 1
              return requests[turn]
            end
            """
    }
}
