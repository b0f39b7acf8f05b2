import Lab
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("Finding out whether KVM works")
struct AccelerationProbeTests {
    private func result(_ code: Int32, _ output: String = "", error: String = "") -> ToolResult {
        ToolResult(exitCode: code, standardOutput: Array(output.utf8), standardError: Array(error.utf8))
    }

    private func probe(_ tools: any ToolRunner, cache: String, boot: String = "b1") -> AccelerationProbe {
        AccelerationProbe(tools: tools, cache: cache, device: "/dev/null", bootID: boot)
    }

    @Test("a guest that runs to its end means KVM, and is run once a start of the host")
    func works() async throws {
        try await withTemporaryDirectory { directory in
            let tools = ScriptedTools { _ in self.result(0, "SeaBIOS\nNo bootable device.\n") }
            let cache = directory + "/cache"
            #expect(await probe(tools, cache: cache).run().acceleration == .kvm)
            #expect(await probe(tools, cache: cache).run().acceleration == .kvm)
            #expect(tools.calls.map(\.arguments) == [AccelerationProbe.arguments])
            _ = await probe(tools, cache: cache, boot: "b2").run()
            #expect(tools.calls.count == 2)
        }
    }

    @Test("a QEMU that dies means emulation, and its first words are the reason")
    func dies() async throws {
        try await withTemporaryDirectory { directory in
            let tools = ScriptedTools { _ in self.result(134, error: "failed to set MSR\nassertion failed\n") }
            let result = await probe(tools, cache: directory + "/cache").run()
            #expect(result.acceleration == .emulation)
            #expect(result.reason == "failed to set MSR")
        }
    }

    @Test("a guest that stands still is given up")
    func standsStill() async throws {
        try await withTemporaryDirectory { directory in
            let tools = ScriptedTools { _ in
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
        let tools = ScriptedTools { _ in self.result(0, "No bootable device.") }
        let probe = AccelerationProbe(
            tools: tools, cache: "/nonexistent/cache", device: "/nonexistent/kvm", bootID: "b")
        let result = await probe.run()
        #expect(result.acceleration == .emulation)
        #expect(result.reason == "this host has no /nonexistent/kvm")
        #expect(tools.calls.isEmpty)
    }
}
