import Glibc
import Lab
import LinuxSystem
import MusterBase
import Synchronization
import Testing

@Suite("Finding out whether KVM works")
struct AccelerationProbeTests {
    /// A program whose answer is written down.
    private final class Script: ToolRunner {
        let answer: @Sendable () async throws -> ToolResult
        let calls = Mutex<[[String]]>([])

        init(_ answer: @escaping @Sendable () async throws -> ToolResult) { self.answer = answer }

        func run(_ tool: Tool, _ arguments: [String], _ options: ToolOptions) async throws -> ToolResult {
            calls.withLock { $0.append(arguments) }
            return try await answer()
        }
    }

    /// A directory that is removed at the end.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = "/tmp/muster-lab-\(UInt64.random(in: 0...(.max)))"
        try Files.createDirectory(path)
        defer {
            unlink(path + "/cache")
            rmdir(path)
        }
        try await body(path)
    }

    private func result(_ code: Int32, _ output: String = "", error: String = "") -> ToolResult {
        ToolResult(exitCode: code, standardOutput: Array(output.utf8), standardError: Array(error.utf8))
    }

    private func probe(_ tools: any ToolRunner, cache: String, boot: String = "b1") -> AccelerationProbe {
        AccelerationProbe(tools: tools, cache: cache, device: "/dev/null", bootID: boot)
    }

    @Test("a guest that runs to its end means KVM, and is run once a start of the host")
    func works() async throws {
        try await withDirectory { directory in
            let tools = Script { self.result(0, "SeaBIOS\nNo bootable device.\n") }
            let cache = directory + "/cache"
            #expect(await probe(tools, cache: cache).run().acceleration == .kvm)
            #expect(await probe(tools, cache: cache).run().acceleration == .kvm)
            #expect(tools.calls.withLock { $0 } == [AccelerationProbe.arguments])
            _ = await probe(tools, cache: cache, boot: "b2").run()
            #expect(tools.calls.withLock { $0.count } == 2)
        }
    }

    @Test("a QEMU that dies means emulation, and its first words are the reason")
    func dies() async throws {
        try await withDirectory { directory in
            let tools = Script { self.result(134, error: "failed to set MSR\nassertion failed\n") }
            let result = await probe(tools, cache: directory + "/cache").run()
            #expect(result.acceleration == .emulation)
            #expect(result.reason == "failed to set MSR")
        }
    }

    @Test("a guest that stands still is given up")
    func standsStill() async throws {
        try await withDirectory { directory in
            let tools = Script {
                try await Task.sleep(for: .seconds(3600))
                return self.result(0, "No bootable device.")
            }
            let result = await probe(tools, cache: directory + "/cache").run(limit: .milliseconds(1))
            #expect(result.acceleration == .emulation)
            #expect(result.reason == "a guest stands still")
        }
    }

    @Test("without the device nothing is run and nothing kept")
    func noDevice() async throws {
        let tools = Script { self.result(0, "No bootable device.") }
        let probe = AccelerationProbe(
            tools: tools, cache: "/nonexistent/cache", device: "/nonexistent/kvm", bootID: "b")
        let result = await probe.run()
        #expect(result.acceleration == .emulation)
        #expect(result.reason == "this host has no /nonexistent/kvm")
        #expect(tools.calls.withLock { $0.isEmpty })
    }
}
