import LinuxSystem
import MusterAgent
import MusterBase
import Synchronization
import TestSupport
import Testing

/// Stands in for clevis and the volume's header.
private final class Volume: Sendable {
    /// What each slot of the header is bound to.
    let slots: Mutex<[Int: String]>
    private let failing: String?

    /// - Parameter failing: the subcommand that ends with 1.
    init(_ slots: [Int: String], failing: String? = nil) {
        self.slots = Mutex(slots)
        self.failing = failing
    }

    var tools: ScriptedTools {
        ScriptedTools([
            "clevis": { [self] call in
                if call.arguments[1] == failing { return ScriptedTools.failure("no such luck") }
                return ToolResult(exitCode: 0, standardOutput: Array(answer(call).utf8), standardError: [])
            }
        ])
    }

    private func answer(_ call: ScriptedTools.Call) -> String {
        slots.withLock { slots in
            switch call.arguments[1] {
            case "list":
                return slots.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
            case "pass": return "key of \(call.arguments[5])\n"
            case "bind":
                guard slots.contains(where: { "key of \($0.key)\n".utf8.elementsEqual(call.input) }) else { return "" }
                slots[9] = "tpm2 '\(call.arguments[7])'"
                return ""
            default:
                slots[Int(call.arguments[6]) ?? -1] = nil
                return ""
            }
        }
    }
}

@Suite("the key of an encrypted root")
struct DiskSealTests {
    private let seal = DiskSeal(partition: "/dev/vda3", registers: [4, 7])
    private let sealed = "tpm2 '{\"pcr_bank\":\"sha256\",\"pcr_ids\":\"4,7\"}'"

    @Test("the open binding gives way to one that is sealed, and what is no TPM's stays")
    func first() async throws {
        let volume = Volume([1: "tpm2 '{\"hash\":\"sha256\"}'", 2: "tang '{\"url\":\"http://t\"}'"])
        #expect(try await seal.seal(with: volume.tools).contains("4,7"))
        #expect(volume.slots.withLock { $0 } == [2: "tang '{\"url\":\"http://t\"}'", 9: sealed])
    }

    @Test("broken off before the open binding was taken away, it does the rest")
    func again() async throws {
        let volume = Volume([1: "tpm2 '{}'", 9: sealed])
        let tools = volume.tools
        _ = try await seal.seal(with: tools)
        #expect(volume.slots.withLock { $0 } == [9: sealed])
        #expect(tools.calls.map { $0.arguments[1] } == ["list", "unbind"])
    }

    @Test("the open binding stays where there can be no sealed one")
    func refused() async throws {
        for failing in ["pass", "bind"] {
            let volume = Volume([1: "tpm2 '{}'"], failing: failing)
            await #expect(throws: MusterError.self) { try await seal.seal(with: volume.tools) }
            #expect(volume.slots.withLock { $0 } == [1: "tpm2 '{}'"])
        }
        await #expect(throws: MusterError.self) { try await seal.seal(with: Volume([:]).tools) }
    }
}
