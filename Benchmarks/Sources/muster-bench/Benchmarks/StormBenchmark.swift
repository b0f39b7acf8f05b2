import Foundation

/// Ten thousand machines at once, by Muster's own simulator.
struct StormBenchmark: Benchmark {
    static let name = "storm"
    static let summary = """
        muster simulate --nodes 10000 --storm: whole machines against a real musterd, both processors shared. All at once: \
        every machine is switched on when the storm begins, and its time counts from then. 512 at a time: the next one is \
        switched on when one is done
        """
    static let promises = [all, queued].flatMap { way in
        ["all deployed", "99th percentile of a machine", "memory of musterd", "machines lost"].map {
            "storm of 10000, \(way): \($0)"
        }
    }

    private static let nodes = 10_000
    /// Those beside the nodes that nobody defined; as many as the command has without being asked.
    private static let unknown = 100
    private static let (all, queued) = ("at once", "512 at a time")

    func run(_ bench: Bench) async throws {
        let all = try storm(inFlight: StormBenchmark.nodes + StormBenchmark.unknown, bench)
        for row in try rows(StormBenchmark.all, all, countsMachines: false) { bench.add(row) }
        let queued = try storm(inFlight: 512, bench)
        for row in try rows(StormBenchmark.queued, queued, countsMachines: true) { bench.add(row) }
    }

    private func storm(inFlight: Int, _ bench: Bench) throws -> StormReport {
        let text = try bench.run(
            [
                bench.muster, "simulate", "--nodes", String(StormBenchmark.nodes), "--storm", "--unknown", "1%",
                "--in-flight", String(inFlight), "--output", "json",
            ], seconds: 400, accepting: [0, 1])
        let report = try StormReport(text)
        guard report.expected == StormBenchmark.nodes, report.unknown == StormBenchmark.unknown else {
            throw BenchError("muster simulate expected \(report.expected) and \(report.unknown) unknown machines")
        }
        return report
    }

    /// A storm takes too long to be repeated in each run.
    ///
    /// - Parameter countsMachines: whether the time of one machine has a goal. When all begin at once the last one's is
    ///   that of the whole storm.
    private func rows(_ way: String, _ report: StormReport, countsMachines: Bool) throws -> [Row] {
        func row(_ what: String, _ unit: String, _ value: Double, atMost goal: Double, _ isJudged: Bool = true) -> Row {
            Row(
                "storm of 10000, \(way): \(what)", unit: unit, [value], goal: isJudged ? .atMost(goal) : .none)
        }
        return [
            row("all deployed", "s", report.seconds, atMost: 60),
            row("99th percentile of a machine", "s", try report.machineP99(), atMost: 20, countsMachines),
            row("memory of musterd", "MB", report.service.peakMemory / 1e6, atMost: 500),
            row("machines lost", "", Double(report.lost), atMost: 0),
        ]
    }
}
