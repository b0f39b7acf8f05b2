import LinuxSystem
import MusterBase
import Synchronization

/// Stands in for the programs of the system, and keeps what they were asked for.
final class ScriptedTools: ToolRunner {
    struct Call: Sendable {
        let tool: String
        let arguments: [String]
        let environment: [String: String]
        let input: [UInt8]
    }

    typealias Answer = @Sendable (Call) throws -> ToolResult

    private let answers: [String: Answer]
    private let kept = Mutex<[Call]>([])

    init(_ answers: [String: Answer]) { self.answers = answers }

    var calls: [Call] { kept.withLock { $0 } }

    func calls(of tool: String) -> [Call] { calls.filter { $0.tool == tool } }

    func run(_ tool: Tool, _ arguments: [String], _ options: ToolOptions) async throws -> ToolResult {
        let collected = Collected()
        if let producer = options.inputProducer {
            try await producer(ToolInput { bytes in collected.append(bytes) })
        } else {
            collected.append(options.standardInput)
        }
        let call = Call(
            tool: tool.name, arguments: arguments, environment: options.environment, input: collected.bytes)
        kept.withLock { $0.append(call) }
        guard let answer = answers[tool.name] else {
            throw MusterError(.systemFailure, "the program \(tool.name) is not installed")
        }
        return try answer(call)
    }

    static let success = ToolResult(exitCode: 0, standardOutput: [], standardError: [])

    static func failure(_ text: String, exitCode: Int32 = 1) -> ToolResult {
        ToolResult(exitCode: exitCode, standardOutput: [], standardError: Array(text.utf8))
    }

    /// zstd and mksquashfs that keep the bytes as they are.
    static let packing: [String: Answer] = [
        "zstd": { call in
            try Files.write(try Files.read(call.arguments[4]), to: call.arguments[6])
            return success
        },
        "mksquashfs": { call in
            try Files.write(call.input, to: call.arguments[1])
            return success
        },
        // unshare --user --map-root-user mksquashfs - OUTPUT
        "unshare": { call in
            try Files.write(call.input, to: call.arguments[4])
            return success
        },
    ]
}

private final class Collected: Sendable {
    private let content = Mutex<[UInt8]>([])

    var bytes: [UInt8] { content.withLock { $0 } }

    func append(_ more: [UInt8]) { content.withLock { $0 += more } }
}
