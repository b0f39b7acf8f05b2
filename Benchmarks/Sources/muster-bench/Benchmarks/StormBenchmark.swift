import Foundation

/// Ten thousand machines at once, by Muster's own simulator.
struct StormBenchmark: Benchmark {
    static let name = "storm"
    static let summary =
        "muster simulate --nodes 10000 --storm: whole machines against a real musterd, both processors shared"
    static let promises = [
        "storm of 10000 machines, all deployed", "storm, 99th percentile of a machine", "storm, memory of musterd",
        "storm, machines lost",
    ]

    func run(_ bench: Bench) async throws -> [Row] {
        let help = try bench.run([bench.muster, "--help"])
        guard help.contains("simulate") else { throw BenchError("this build has no `muster simulate`") }
        let text = try bench.run(
            [bench.muster, "simulate", "--nodes", "10000", "--storm", "--output", "json"], seconds: 300,
            accepting: [0, 1])
        let report = try StormReport(text)
        guard report.expected == 10_000 else {
            throw BenchError("muster simulate expected \(report.expected) machines")
        }
        return [
            Row(StormBenchmark.promises[0], unit: "s", [report.seconds], goal: .atMost(60)),
            Row(StormBenchmark.promises[1], unit: "s", [try report.machineP99()], goal: .atMost(20)),
            Row(StormBenchmark.promises[2], unit: "MB", [report.service.peakMemory / 1e6], goal: .atMost(500)),
            Row(StormBenchmark.promises[3], unit: "", [Double(report.lost)], goal: .atMost(0)),
        ]
    }
}
