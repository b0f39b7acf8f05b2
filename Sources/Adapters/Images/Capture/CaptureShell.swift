import LinuxSystem
import MusterBase

/// Runs shell scripts on the machine that is captured.
struct CaptureShell: Sendable {
    let target: CaptureTarget
    let tools: any ToolRunner

    /// Exit status of ssh itself.
    private static let noConnection: Int32 = 255

    /// Runs a script with arguments and gives what came of it, whatever its exit status.
    ///
    /// - Parameters:
    ///   - inOwnMounts: in a mount namespace of its own, so that its mounts go when it ends, however it ends.
    ///   - sink: takes its standard output.
    func run(
        _ script: String, _ arguments: [String], inOwnMounts: Bool = false, input: [UInt8] = [],
        doing: String, sink: (@Sendable ([UInt8]) throws -> Void)? = nil
    ) async throws -> ToolResult {
        let own = inOwnMounts ? ["unshare", "--mount", "--propagation", "private", "--"] : []
        let command = own + ["sh", "-c", script, "muster"] + arguments
        let options = ToolOptions(standardInput: input, outputLimit: 16 << 20, endsWithCaller: true, outputSink: sink)
        let result = try await tools.run(.ssh, target.arguments(command), options)
        guard result.exitCode == Self.noConnection else { return result }
        throw MusterError(
            .unavailable, "\(doing): ssh to \(target.user)@\(target.address): \(Self.lastWords(of: result))",
            advice: "try it by hand: ssh -l \(target.user) \(target.address)")
    }

    /// The same, when anything but success is an error.
    func check(_ script: String, _ arguments: [String] = [], doing: String) async throws -> String {
        let result = try await run(script, arguments, doing: doing)
        guard result.exitCode == 0 else {
            throw MusterError(
                .systemFailure,
                "\(doing): failed with status \(result.exitCode) on \(target.address): \(Self.lastWords(of: result))")
        }
        return result.text
    }

    /// What a program said last, without what a terminal would take for commands: it comes from another machine.
    static func lastWords(of result: ToolResult) -> String {
        String(decoding: result.standardError.suffix(2000), as: UTF8.self).split(whereSeparator: \.isNewline).suffix(2)
            .joined(separator: " | ").filter { character in
                character.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
            }
    }
}
