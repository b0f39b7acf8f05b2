import Foundation

/// How long commands take, by hyperfine, and what musterd needs for 100,000 nodes.
struct CommandBenchmark: Benchmark {
    static let name = "commands"
    static let summary = "whole commands from start to end, by hyperfine; musterd with 100,000 nodes"
    static let promises = [
        "muster --version", "muster status of 10000 nodes", "muster node list of 10000 nodes", "define 100000 nodes",
        "memory of musterd with 100000 nodes",
    ]

    func run(_ bench: Bench) async throws {
        let space = try NetworkNamespace("commands", bench)
        let site = try MusterSite("commands", networks: ["lo"], bench)
        let musterd = try site.start(in: space)
        let start = now()
        try site.define(100_000)
        bench.add(
            Row("define 100000 nodes", unit: "s", [now() - start], goal: .under(10)))
        bench.add(
            Row(
                "muster --version", unit: "s", try hyperfine([bench.muster, "--version"], 50, bench),
                goal: .atMost(0.015)))
        // Nodes that were never deployed have no state to show.
        try site.makeProfile()
        try site.muster(["deploy", "n[1-10000]", "bench", "--yes"], seconds: 300)
        try site.waitUntilQuiet()
        bench.add(
            Row(
                "muster status of 10000 nodes", unit: "s",
                try hyperfine([bench.muster, "status", "n[1-10000]", "--state-dir", site.directory], 15, bench),
                goal: .atMost(0.2), notes: ["each of them armed for a profile"]))
        bench.add(
            Row(
                "muster node list of 10000 nodes", unit: "s",
                try hyperfine([bench.muster, "node", "list", "n[1-10000]", "--state-dir", site.directory], 15, bench),
                goal: .atMost(0.15)))
        bench.add(
            Row(
                "memory of musterd with 100000 nodes", unit: "MB", [try musterd.residentMemory()], goal: .under(400),
                notes: ["resident, after the commands above"]))
    }

    /// The time of each run, in seconds, without a shell between.
    private func hyperfine(_ command: [String], _ runs: Int, _ bench: Bench) throws -> [Double] {
        let file = "\(bench.work)/hyperfine.json"
        try bench.run(
            [
                "hyperfine", "--shell=none", "--warmup", "3", "--runs", String(runs), "--export-json", file,
                command.joined(separator: " "),
            ])
        struct Report: Decodable {
            struct Result: Decodable { var times: [Double] }
            var results: [Result]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        guard let times = report.results.first?.times, times.count == runs else {
            throw BenchError("hyperfine has no times")
        }
        return times
    }
}
