import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("the sandbox of a tree's programs")
struct TreeSandboxTests {
    @Test("a tree's own program gets no right to open files of the host by their handles, also as root")
    func capabilities() async throws {
        let tools = ScriptedTools { _ in ScriptedTools.success }
        let sandbox = try await TreeSandbox(tools: tools, date: Timestamp(seconds: 1), isRoot: true)
        try await sandbox.check(in: "/tree", exchange: "/exchange", ["update-initramfs"], doing: "trying")
        for call in tools.calls(of: "bwrap") {
            let words = call.arguments
            let drop = try #require(words.firstIndex(of: "--cap-drop"))
            #expect(words[drop + 1] == "ALL")
            let added = words.indices.filter { words[$0] == "--cap-add" }.map { words[$0 + 1] }
            #expect(added.contains("CAP_DAC_OVERRIDE") && !added.contains("CAP_DAC_READ_SEARCH"))
            #expect(words.indices.filter { words[$0] == "--cap-add" }.allSatisfy { $0 > drop })
        }
        #expect(tools.calls(of: "bwrap").count == 2)
    }
}
