import Foundation
import NodeRange

/// Noderanges of 100,000 names beside ClusterShell's node sets. Only the time inside of each process counts, not its start.
struct NodeRangeBenchmark: Benchmark {
    static let name = "noderange"
    static let summary = "100,000 names, inside the process of each; ClusterShell's own fastest calls for the same"
    static let promises = ["noderange, expand to 100000 names", "noderange, shorten 100000 names"]

    private static let count = 100_000

    /// As many names as text, and back from the list of names. Each is timed five times, the best counts: Python's
    /// first call pays for what it sets up.
    private static let program = """
        import sys, time
        from ClusterShell.NodeSet import NodeSet, expand
        def best(body):
            times = []
            for _ in range(5):
                start = time.perf_counter()
                result = body()
                times.append(time.perf_counter() - start)
            return min(times), result
        spent, names = best(lambda: expand("n[1-100000]"))
        assert len(names) == 100000 and names[-1] == "n100000"
        print(spent)
        spent, text = best(lambda: str(NodeSet.fromlist(names)))
        assert text == "n[1-100000]"
        print(spent)
        """

    func run(_ bench: Bench) async throws {
        let python = "\(bench.kept)/clustershell/bin/python"
        guard ChildProcess.find(python) != nil else {
            throw BenchError("ClusterShell is not installed below \(bench.kept)")
        }
        let script = "\(bench.work)/clustershell.py"
        try bench.write(NodeRangeBenchmark.program, to: script)
        var muster: [[Double]] = [[], []]
        var other: [[Double]] = [[], []]
        for _ in 0..<bench.rounds {
            let own = try measure()
            let text = try bench.run([python, script])
            let theirs = text.split(separator: "\n").compactMap { Double($0) }
            guard theirs.count == 2 else { throw BenchError("ClusterShell: \(text)") }
            for index in 0..<2 {
                muster[index].append(own[index] * 1e3)
                other[index].append(theirs[index] * 1e3)
            }
        }
        for (what, values) in zip(NodeRangeBenchmark.promises, zip(muster, other)) {
            let row = Row(
                what, unit: "ms", better: .lower,
                [
                    "muster": .init(program: "muster", median: median(values.0), rounds: values.0),
                    "clustershell": .init(program: "clustershell", median: median(values.1), rounds: values.1),
                ], goal: .ratio(atLeast: 20), notes: ["the best of five calls in each round, on both sides"])
            bench.add(row)
        }
    }

    /// Both in seconds.
    private func measure() throws -> [Double] {
        let range = "n[1-\(NodeRangeBenchmark.count)]"
        var names: [String] = []
        var short = ""
        var (expand, shorten): ([Double], [Double]) = ([], [])
        for _ in 0..<5 { expand.append(try seconds { names = try NodeRange(range).expand().names }) }
        // From plain strings in a list, as the other side has it.
        for _ in 0..<5 { shorten.append(seconds { short = NodeSet(names).shortened }) }
        guard names.count == NodeRangeBenchmark.count, short == range else {
            throw BenchError("expanded to \(names.count) names, shortened to \(short)")
        }
        return [expand.min() ?? .nan, shorten.min() ?? .nan]
    }
}
