import Glibc
import LinuxSystem
import MusterAPI
import MusterBase
import Simulator
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The fleet simulator against a real musterd, as a user calls it.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct SimulateTests {
    private let programs: String
    private let tools = SystemToolRunner()

    init() throws {
        guard
            let bundle = CommandLine.arguments.first(where: { $0.hasSuffix(".xctest") }) ?? CommandLine.arguments.first
        else { throw MusterError(.internalFailure, "the test runner has no name") }
        programs = URL(filePath: bundle).deletingLastPathComponent().path
    }

    private func simulate(_ arguments: String...) async throws -> (report: SimulationReport, result: ToolResult) {
        let tool = Tool("muster", candidates: ["\(programs)/muster"], package: nil)
        let result = try await tools.run(
            tool, ["simulate", "--output", "json"] + arguments, ToolOptions(outputLimit: 16 << 20))
        let errors = String(decoding: result.standardError, as: UTF8.self)
        try #require(!result.standardOutput.isEmpty, "\(errors)")
        return (try MusterJSON.decode(from: result.standardOutput, of: "report"), result)
    }

    @Test("two hundred machines of all kinds, with faults among them, arrive, and the unknown are listed")
    func faultyFleet() async throws {
        let page = "\(programs)/simulate-tests.html"
        let (report, result) = try await simulate(
            "--nodes", "200", "--storm", "--faults", "loss=1%,duplicate=1%,slow=5%,die=5%", "--unknown", "3%",
            "--html", page)
        #expect(result.exitCode == 0, "\(report.troubles)")
        #expect(report.deployed == 200 && report.failed == 0, "\(report.troubles)")
        #expect(report.service?.deployed == 200)
        #expect(report.unknown == 6 && report.heard == 6 && report.service?.discovered == 6)
        #expect((report.counters["reboots"] ?? 0) >= 5)
        #expect((report.counters["datagrams_lost"] ?? 0) > 0 && (report.counters["datagrams_doubled"] ?? 0) > 0)
        let steps = Dictionary(uniqueKeysWithValues: report.steps.map { ($0.step, $0.count) })
        #expect(steps["machine"] == 200 && (steps["loader"] ?? 0) >= 200 && (steps["report"] ?? 0) >= 3400)
        #expect(try Files.readText(page).contains("200 of 200"))
    }

    @Test("a machine that vanishes is missed by nobody, and one that cannot arrive ends the command with 1")
    func incomplete() async throws {
        let (report, result) = try await simulate(
            "--nodes", "20", "--mix", "bios", "--unknown", "0", "--faults", "vanish=100%")
        #expect(result.exitCode == 0 && report.vanished == 20 && report.expected == 0)
        let (late, failed) = try await simulate(
            "--nodes", "5", "--mix", "bios", "--unknown", "0", "--faults", "loss=100%", "--patience", "2s")
        #expect(failed.exitCode == 1 && late.failed == 5)
        #expect(late.troubles.contains { $0.kind == "not deployed in time" && $0.count == 5 })
    }

    @Test("killed in the middle, it leaves no process, and the next run removes what is left on the disk")
    func killed() async throws {
        // Not below the build's folder, whose path may be too long for a socket.
        let temporary = try TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        let directory = temporary.path
        let log = "\(directory)/log"
        let base = "\(directory)/muster-simulate-\(geteuid())"
        let process = try ChildProcess.spawn(
            "/usr/bin/env",
            ["TMPDIR=\(directory)", "\(programs)/muster", "simulate", "--nodes", "1000", "--rate", "1"], log: log,
            newSession: true)
        let state = "\(base)/run-\(process)"
        try await wait { (try? Files.readText(log))?.contains("playing") == true }
        let service = try #require(try children(of: process).first)
        kill(process, SIGKILL)
        _ = try ChildProcess.wait(process)
        try await wait { !Files.exists("/proc/\(service)") }
        #expect(Files.exists(state))
        let tool = Tool("env", candidates: ["/usr/bin/env"], package: nil)
        let next = try await tools.run(
            tool, ["TMPDIR=\(directory)", "\(programs)/muster", "simulate", "--nodes", "1", "--unknown", "0"])
        #expect(next.exitCode == 0)
        #expect(try Files.names(in: base) == [])
    }

    @Test("interrupted, it takes everything away itself")
    func interrupted() async throws {
        // Not below the build's folder, whose path may be too long for a socket.
        let temporary = try TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        let directory = temporary.path
        let log = "\(directory)/log"
        let process = try ChildProcess.spawn(
            "/usr/bin/env",
            ["TMPDIR=\(directory)", "\(programs)/muster", "simulate", "--nodes", "1000", "--rate", "1"], log: log,
            newSession: true)
        try await wait { (try? Files.readText(log))?.contains("playing") == true }
        let service = try #require(try children(of: process).first)
        kill(process, SIGINT)
        #expect(try ChildProcess.wait(process) == 130)
        #expect(!Files.exists("/proc/\(service)"))
        #expect(try Files.names(in: "\(directory)/muster-simulate-\(geteuid())") == [])
    }

    @Test("a musterd that ends is noticed at once, and ends the command")
    func serviceEnds() async throws {
        // Not below the build's folder, whose path may be too long for a socket.
        let temporary = try TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        let directory = temporary.path
        let log = "\(directory)/log"
        let process = try ChildProcess.spawn(
            "/usr/bin/env",
            ["TMPDIR=\(directory)", "\(programs)/muster", "simulate", "--nodes", "1000", "--rate", "1"], log: log,
            newSession: true)
        try await wait { (try? Files.readText(log))?.contains("playing") == true }
        kill(try #require(try children(of: process).first), SIGKILL)
        let killed = ContinuousClock.now
        #expect(try ChildProcess.wait(process) == 1)
        // A thousand machines at one a second are far from over.
        #expect(ContinuousClock.now - killed < .seconds(60))
        #expect(try Files.readText(log).contains("musterd ended with status 137"))
    }

    /// Wall time says little where others work too; so processor time is held against a calculation of this processor's.
    /// The limit is twice what was seen.
    @Test("what five hundred machines cost musterd stays below its limits, and none is lost")
    func cost() async throws {
        let (report, result) = try await simulate("--nodes", "500", "--storm")
        #expect(result.exitCode == 0, "\(report.troubles)")
        let service = try #require(report.service)
        #expect(report.deployed == 500 && service.deployed == 500 && report.failed == 0, "\(report.troubles)")
        #expect(service.peakMemory < 200_000_000, "\(service.peakMemory / 1_000_000) MB")
        let share = service.cpuSeconds / 500 / calibration()
        #expect(share < 2, "a machine costs musterd \(share) of the calculation's time")
    }

    /// Processor time in seconds of ten million steps of a generator of random numbers; the best of five.
    private func calibration() -> Double {
        (0..<5).map { _ in
            let before = processorTime()
            var random = SeededRandom(seed: 1)
            var sum: UInt64 = 0
            for _ in 0..<10_000_000 { sum &+= random.next() }
            #expect(sum != 0)
            return processorTime() - before
        }.min() ?? .nan
    }

    private func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func children(of process: Int32) throws -> [Int32] {
        try Files.names(in: "/proc/\(process)/task").flatMap { thread in
            ((try? Files.readText("/proc/\(process)/task/\(thread)/children")) ?? "").split(separator: " ")
                .compactMap { Int32($0) }
        }
    }

    private func wait(_ isReached: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while !isReached() {
            guard ContinuousClock.now < deadline else { throw MusterError(.timeout, "it did not come to that") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
