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

    @Test("lines are handed over as they come, the last one without line feed too")
    func handsOverLines() async throws {
        let lines = Recorder<String>()
        let options = ToolOptions(onOutputLine: { lines.add($0) })
        _ = try await runner.run(shell, ["-c", "printf 'one\\n\\nthree'"], options)
        #expect(lines.all == ["one", "", "three"])
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
}
