import LinuxSystem
import MusterBase

/// Puts the changes of two sides into one text, by diff3(1) of GNU diffutils.
public struct ThreeWayMerge: Sendable {
    private let tools: any ToolRunner

    public init(tools: any ToolRunner) { self.tools = tools }

    /// Nil where both sides changed the same lines.
    public func run(_ texts: ThreeTexts) async throws -> [UInt8]? {
        let result = try await tools.run(
            .diff3, ["--merge", texts.ownPath, texts.basePath, "-"],
            ToolOptions(standardInput: texts.new, outputLimit: 2 * ProfileRebase.sizeLimit))
        switch result.exitCode {
        case 0 where !result.isTruncated: return result.standardOutput
        case 1: return nil
        default:
            let words = String(decoding: result.standardError, as: UTF8.self).split(separator: "\n").last ?? ""
            throw MusterError(.systemFailure, "merging \(texts.ownPath): diff3 failed: \(words)")
        }
    }
}
