import Foundation

/// Runs the named benchmarks, or all of them, and reports.
struct Suite {
    private var options: [String: String] = [:]
    private var names: [String] = []

    init(_ words: [String]) throws {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                names.append(word)
                continue
            }
            guard
                ["programs", "work", "kept", "prefix", "rounds", "commit", "results", "write"].contains(
                    word.dropFirst(2)),
                let value = rest.popFirst()
            else { throw BenchError(usage) }
            options[String(word.dropFirst(2))] = value
        }
        if let unknown = names.first(where: { name in !all.contains { $0.name == name } }) {
            let known = all.map { $0.name }.joined(separator: ", ")
            throw BenchError("there is no benchmark '\(unknown)'; there are \(known)")
        }
    }

    /// Returns 0 when each row has a figure and meets its goal, 1 when one does not.
    func run() async throws -> Int32 {
        guard let programs = options["programs"], let work = options["work"], let kept = options["kept"],
            let prefix = options["prefix"]
        else { throw BenchError(usage) }
        guard ProcessInfo.processInfo.processorCount >= 2 else { throw BenchError("two processors are needed") }
        let rounds = Int(options["rounds"] ?? "3")
        guard let rounds, rounds >= 1 else { throw BenchError("--rounds takes a number of 1 or more") }
        let bench = Bench(programs: programs, work: work, kept: kept, prefix: prefix, rounds: rounds)
        let start = now()
        var report = Report(machine: .here(commit: options["commit"] ?? "unknown", bench))
        for benchmark in all where names.isEmpty || names.contains(benchmark.name) {
            report.benchmarks.append([benchmark.name, benchmark.summary])
            report.rows += await measure(benchmark, bench)
            report.seconds = now() - start
            if let file = options["results"] { try report.json().write(to: URL(fileURLWithPath: file)) }
        }
        if let file = options["write"] { try Data(report.markdown.utf8).write(to: URL(fileURLWithPath: file)) }
        return finish(report)
    }

    private func measure(_ benchmark: any Benchmark.Type, _ bench: Bench) async -> [Row] {
        say("==> \(benchmark.name): \(benchmark.summary)")
        var rows: [Row]
        do {
            rows = try await benchmark.init().run(bench)
        } catch {
            rows = benchmark.promises.map { .failed($0, "\(error)") }
        }
        for index in rows.indices {
            rows[index].benchmark = benchmark.name
            say("  " + Report.line(rows[index]))
        }
        return rows
    }

    private func finish(_ report: Report) -> Int32 {
        let failed = report.rows.filter { $0.failure != nil }
        let missed = report.rows.filter { $0.failure == nil && $0.isMet == false }
        say("==> \(report.rows.count) figures in \(Int(report.seconds)) s")
        for row in missed { say("  behind its goal: \(Report.line(row))") }
        for row in failed { say("  not measured: \(row.what)") }
        return failed.isEmpty && missed.isEmpty ? 0 : 1
    }

    /// Not `print`, which holds lines back when standard output is no terminal.
    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
