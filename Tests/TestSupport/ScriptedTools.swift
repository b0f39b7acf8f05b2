import LinuxSystem
import MusterBase

/// Stands in for the programs of the system, and keeps what they were asked for.
package final class ScriptedTools: ToolRunner {
    package struct Call: Sendable {
        package let tool: String
        package let arguments: [String]
        package let environment: [String: String]
        package let environmentIsWhole: Bool
        package let input: [UInt8]
    }

    package typealias Answer = @Sendable (Call) async throws -> ToolResult

    private let answer: Answer
    private let kept = Recorder<Call>()

    /// - Parameter answer: for every program.
    package init(_ answer: @escaping Answer) { self.answer = answer }

    /// - Parameter answers: by the programs' names; others are not installed.
    package convenience init(_ answers: [String: Answer]) {
        self.init { call in
            guard let answer = answers[call.tool] else {
                throw MusterError(.systemFailure, "the program \(call.tool) is not installed")
            }
            return try await answer(call)
        }
    }

    package var calls: [Call] { kept.all }

    package func calls(of tool: String) -> [Call] { calls.filter { $0.tool == tool } }

    package func run(_ tool: Tool, _ arguments: [String], _ options: ToolOptions) async throws -> ToolResult {
        let pieces = Recorder<[UInt8]>()
        if let producer = options.inputProducer {
            try await producer(ToolInput { bytes in pieces.add(bytes) })
        } else {
            pieces.add(options.standardInput)
        }
        let call = Call(
            tool: tool.name, arguments: arguments, environment: options.environment,
            environmentIsWhole: options.environmentIsWhole, input: pieces.all.flatMap(\.self))
        kept.add(call)
        var result = try await answer(call)
        if let sink = options.outputSink {
            try sink(result.standardOutput)
            result = ToolResult(exitCode: result.exitCode, standardOutput: [], standardError: result.standardError)
        }
        return result
    }

    package static let success = ToolResult(exitCode: 0, standardOutput: [], standardError: [])

    package static func failure(_ text: String, exitCode: Int32 = 1) -> ToolResult {
        ToolResult(exitCode: exitCode, standardOutput: [], standardError: Array(text.utf8))
    }

    /// zstd and gzip that keep the bytes as they are.
    package static let packing: [String: Answer] = [
        "gzip": { call in
            ToolResult(exitCode: 0, standardOutput: try Files.read(call.arguments[3]), standardError: [])
        },
        "zstd": { call in
            try Files.write(try Files.read(call.arguments[4]), to: call.arguments[6])
            return success
        },
    ]
}
