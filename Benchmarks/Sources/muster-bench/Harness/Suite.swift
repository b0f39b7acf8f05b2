import Foundation
import Synchronization

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
        guard options["write"] == nil || names.isEmpty else {
            throw BenchError("the page has all benchmarks: --write takes no names")
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
        let collector = RowCollector()
        let bench = Bench(
            programs: programs, work: work, kept: kept, prefix: prefix, rounds: rounds, take: collector.add)
        let start = now()
        var report = Report(machine: .here(commit: options["commit"] ?? "unknown", bench))
        for benchmark in all where names.isEmpty || names.contains(benchmark.name) {
            report.benchmarks.append([benchmark.name, benchmark.summary])
            report.rows += await measure(benchmark, bench, collector)
            report.seconds = now() - start
            if let file = options["results"] { try report.json().write(to: URL(fileURLWithPath: file)) }
        }
        if names.isEmpty {
            report.benchmarks.append([LimitShares.name, LimitShares.summary])
            for row in LimitShares.rows(from: report.rows) {
                report.rows.append(row)
                say("  " + Report.line(row))
            }
            if let file = options["results"] { try report.json().write(to: URL(fileURLWithPath: file)) }
        }
        if names.isEmpty, report.seconds > Report.secondsAllowed {
            report.rows.append(
                .failed(
                    "whole run within \(Int(Report.secondsAllowed)) s", "it took \(Int(report.seconds)) s", in: "limits"
                ))
        }
        if let file = options["write"] { try Data(report.markdown.utf8).write(to: URL(fileURLWithPath: file)) }
        return finish(report)
    }

    private func measure(_ benchmark: any Benchmark.Type, _ bench: Bench, _ collector: RowCollector) async -> [Row] {
        say("==> \(benchmark.name): \(benchmark.summary)")
        collector.begin(benchmark.name)
        let start = now()
        var reason = "it was not measured"
        do {
            try await benchmark.init().run(bench)
        } catch {
            reason = "\(error)"
        }
        let handed = Set(collector.rows.map(\.what))
        for what in benchmark.promises where !handed.contains(what) { collector.add(.failed(what, reason)) }
        say("  took \(Int(now() - start)) s")
        return collector.rows
    }

    private func finish(_ report: Report) -> Int32 {
        let failed = report.rows.filter { $0.failure != nil }
        let missed = report.rows.filter { $0.failure == nil && $0.isMet == false }
        say("==> \(report.rows.count) figures in \(Int(report.seconds)) s")
        for row in missed { say("  behind its goal: \(Report.line(row))") }
        for row in failed { say("  not measured: \(row.what)") }
        return failed.isEmpty && missed.isEmpty ? 0 : 1
    }
}

/// The rows of the benchmark that runs, each printed when it comes.
private final class RowCollector: Sendable {
    private let state = Mutex<(benchmark: String, rows: [Row])>(("", []))

    var rows: [Row] { state.withLock { $0.rows } }

    func begin(_ benchmark: String) { state.withLock { $0 = (benchmark, []) } }

    @Sendable func add(_ row: Row) {
        var row = row
        state.withLock { state in
            row.benchmark = state.benchmark
            state.rows.append(row)
        }
        say("  " + Report.line(row))
    }
}

/// Not `print`, which holds lines back when standard output is no terminal.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
