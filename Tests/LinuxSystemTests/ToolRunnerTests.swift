import Glibc
import LinuxSystem
import MusterBase
import TestSupport
import Testing

private let shell = Tool("sh", candidates: ["/bin/sh"], package: "dash")
private let runner = SystemToolRunner()

@Suite("Programs of the system")
struct ToolRunnerTests {
    @Test("both streams and the exit status come back")
    func collects() async throws {
        let result = try await runner.run(shell, ["-c", "echo out; echo err >&2; exit 3"], ToolOptions())
        #expect(result.exitCode == 3)
        #expect(result.text == "out\n")
        #expect(result.standardError == Array("err\n".utf8))
        #expect(!result.isTruncated)
    }

    @Test("input, environment and working directory reach the program")
    func passesOptions() async throws {
        let options = ToolOptions(
            environment: ["MUSTER_WORD": "word"], workingDirectory: "/usr", standardInput: Array("given".utf8))
        let result = try await runner.run(shell, ["-c", "cat; echo \" $MUSTER_WORD $(pwd)\""], options)
        #expect(result.text == "given word /usr\n")
    }

    @Test("a program that does not read its input does no harm")
    func unreadInput() async throws {
        let options = ToolOptions(standardInput: [UInt8](repeating: 65, count: 1 << 20))
        #expect(try await runner.run(shell, ["-c", "exit 0"], options).exitCode == 0)
    }

    @Test("a program has nothing of this process's environment when it is given a whole one")
    func wholeEnvironment() async throws {
        var options = ToolOptions(environment: ["MUSTER_WORD": "word"])
        #expect(try await runner.run(shell, ["-c", "echo ${PATH:+inherited}"], options).text == "inherited\n")
        options.environmentIsWhole = true
        let result = try await runner.run(Tool("env", candidates: ["/usr/bin/env"], package: nil), [], options)
        #expect(result.text == "MUSTER_WORD=word\n")
        let code = try await ForegroundProgram.run(
            shell, ["-c", "test \"$MUSTER_WORD-$HOME\" = word-"], environment: ["MUSTER_WORD": "word"])
        #expect(code == 0)
    }

    @Test("lines are handed over as they come, the last one without line feed too")
    func handsOverLines() async throws {
        let lines = Recorder<String>()
        let options = ToolOptions(onOutputLine: { lines.add($0) })
        _ = try await runner.run(shell, ["-c", "printf 'one\\n\\nthree'"], options)
        #expect(lines.all == ["one", "", "three"])
    }

    @Test("a sink gets all of the output and nothing is kept; its error ends the program", .timeLimit(.minutes(1)))
    func sinksOutput() async throws {
        let octets = Recorder<Int>()
        let script = "head -c 3000000 /dev/zero; echo end >&2"
        let result = try await runner.run(shell, ["-c", script], ToolOptions(outputSink: { octets.add($0.count) }))
        #expect(octets.all.reduce(0, +) == 3_000_000 && result.standardOutput.isEmpty)
        #expect(result.standardError == Array("end\n".utf8))
        let full = ToolOptions(outputSink: { _ in throw MusterError(.exhausted, "the disk is full") })
        await #expect {
            try await runner.run(shell, ["-c", "exec cat /dev/zero"], full)
        } throws: {
            ($0 as? MusterError)?.code == .exhausted
        }
    }

    @Test("of much output the beginning is kept, of much error output the end")
    func limitsOutput() async throws {
        let script = "i=0; while [ $i -lt 3000 ]; do echo \"line $i\"; echo \"line $i\" >&2; i=$((i+1)); done"
        let result = try await runner.run(shell, ["-c", script], ToolOptions(outputLimit: 100))
        #expect(result.standardOutput.count == 100)
        #expect(result.text.hasPrefix("line 0\n"))
        #expect(result.standardError.count == 100)
        #expect(String(decoding: result.standardError, as: UTF8.self).hasSuffix("line 2999\n"))
        #expect(result.isTruncated)
    }

    @Test("a failed program is reported with what it said last")
    func reportsFailure() async throws {
        let error = await #expect(throws: MusterError.self) {
            try await runner.check(shell, ["-c", "echo wrong disk >&2; exit 2"], doing: "packing")
        }
        #expect(error?.message == "packing: sh failed with status 2: wrong disk")
        #expect(error?.code == .systemFailure)
    }

    @Test("lines that call themselves errors are reported before the last ones, each once")
    func reportsErrorLines() async throws {
        let said = """
            I: running apt-get\nE: Unable to locate package lesss\nE: Unable to locate package lesss
            W: hook\nI: removing tmp\nE: run_chroot failed\nI: done
            """
        let error = await #expect(throws: MusterError.self) {
            try await runner.check(shell, ["-c", "printf '%s\\n' \"$1\" >&2; exit 1", "sh", said], doing: "building")
        }
        #expect(
            error?.message
                == "building: sh failed with status 1: E: Unable to locate package lesss | E: run_chroot failed | I: done"
        )
    }

    @Test("a full disk and dpkg's own errors are reported, wherever they stand")
    func reportsFullDisk() async throws {
        let said = """
            dpkg: error processing archive a.deb (--unpack):\nE: one\nE: two\ntar: b: No space left on device\n\
            Errors were encountered while processing:\na.deb\nI: done
            """
        let error = await #expect(throws: MusterError.self) {
            try await runner.check(shell, ["-c", "printf '%s\\n' \"$1\" >&2; exit 1", "sh", said], doing: "building")
        }
        #expect(
            error?.message
                == "building: sh failed with status 1: tar: b: No space left on device"
                + " | dpkg: error processing archive a.deb (--unpack): | I: done")
        let elsewhere = await #expect(throws: MusterError.self) {
            try await runner.check(
                shell, ["-c", "echo tar: No space left on device; echo failed >&2; exit 1"], doing: "building")
        }
        #expect(elsewhere?.message.hasSuffix(": tar: No space left on device | failed") == true)
    }

    @Test("a program that died of a signal is reported so")
    func reportsSignal() async throws {
        let error = await #expect(throws: MusterError.self) {
            try await runner.check(shell, ["-c", "kill -9 $$"], doing: "packing")
        }
        #expect(error?.message == "packing: sh was ended by signal 9")
    }

    @Test("a missing program is reported with the package that has it")
    func reportsMissing() async throws {
        let tool = Tool("nowhere", candidates: ["/nowhere/tool"], package: "nothing")
        let error = await #expect(throws: MusterError.self) { try await runner.run(tool, []) }
        #expect(error?.code == .systemFailure)
        #expect(error?.advice == "install it: apt-get install nothing")
    }

    @Test("a cancelled task ends its program, also one that ignores SIGTERM", .timeLimit(.minutes(1)))
    func cancels() async throws {
        let lines = Recorder<String>()
        let (started, start) = AsyncStream<Void>.makeStream()
        let options = ToolOptions(
            onOutputLine: {
                lines.add($0)
                start.yield()
            }, gracePeriod: .milliseconds(20))
        let task = Task {
            try await runner.run(shell, ["-c", "trap '' TERM; echo $$; while :; do :; done"], options)
        }
        for await _ in started { break }
        task.cancel()
        let error = await #expect(throws: MusterError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        let processes = try #require(lines.all.first)
        #expect(!Files.exists("/proc/\(processes)"))
    }

    /// Also what the process below runs.
    @Test("a program and its children end when their caller is killed", .timeLimit(.minutes(1)))
    func endsWithCaller() async throws {
        guard getenv("MUSTER_TEST_KILLED_CALLER") == nil else { return try await runForEver() }
        let directory = try TemporaryDirectory()
        let pids = directory.path("pids")
        let caller = try #require(Files.linkTarget("/proc/self/exe"))
        // This program once more, so that there is a process to be killed.
        let options = ToolOptions(environment: ["MUSTER_TEST_KILLED_CALLER": pids])
        let run = Task {
            try await runner.run(
                Tool("caller", candidates: [caller], package: nil),
                ["--testing-library", "swift-testing", "--filter", "ToolRunnerTests.endsWithCaller"], options)
        }
        let processes = try await waitForState(otherwise: "the program did not start", every: .milliseconds(10)) {
            let words = ((try? Files.readText(pids)) ?? "").split(whereSeparator: \.isWhitespace).compactMap {
                pid_t($0)
            }
            return words.count == 3 ? words : nil
        }
        #expect(kill(processes[0], SIGKILL) == 0)
        #expect(try await run.value.exitCode == 128 + SIGKILL)
        try await waitForState(otherwise: "\(processes) live on", every: .milliseconds(10)) {
            processes.contains(where: isAlive) ? nil : ()
        }
    }

    private func runForEver() async throws {
        let path = String(cString: getenv("MUSTER_TEST_KILLED_CALLER"))
        let script = "sleep 300 & echo $PPID $$ $! > \(path).new; mv \(path).new \(path); wait"
        _ = try await runner.run(shell, ["-c", script], ToolOptions(endsWithCaller: true))
    }

    /// A zombie is as good as gone: process 1 of a container may not take them.
    private func isAlive(_ process: pid_t) -> Bool {
        guard let status = try? Files.readText("/proc/\(process)/status") else { return false }
        return !status.contains("State:\tZ")
    }
}
