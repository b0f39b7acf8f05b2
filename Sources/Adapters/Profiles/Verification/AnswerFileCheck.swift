import LinuxSystem
import MusterBase
import OSFamilies

/// Looks for faults in the answers to an installer, before a machine does. One type a format.
protocol AnswerFileCheck: Sendable {
    /// A sentence for each fault, without the file's name: `line 12: …`.
    func problems(in text: String) -> [String]

    /// What a program of the system finds besides; none where it is not installed.
    func problems(inFile path: String, tools: any ToolRunner) async throws -> [String]
}

extension AnswerFileCheck {
    func problems(inFile path: String, tools: any ToolRunner) async throws -> [String] { [] }
}

enum AnswerFileChecks {
    /// The check for an answer file; by its name where families have several formats. Nil for one that nothing is known of.
    static func check(_ family: OSFamily, _ name: String) -> (any AnswerFileCheck)? {
        switch name.split(separator: ".").last {
        case "json", "ign": return JSONAnswerCheck()
        case "yaml", "yml": return YAMLAnswerCheck()
        case "xml": return XMLAnswerCheck()
        case "ks": return KickstartCheck()
        default: break
        }
        switch (family, name) {
        case (.debian, _): return PreseedCheck()
        case (.enterpriseLinux, _), (.esxi, _): return KickstartCheck()
        case (.ubuntu, "user-data"), (.ubuntu, "meta-data"): return YAMLAnswerCheck()
        default: return nil
        }
    }
}

/// What a checking program said of a file, a sentence a line.
///
/// - Parameter path: removed from the lines: whoever reads them knows the file.
func complaints(of result: ToolResult, about path: String) -> [String] {
    let lines = String(decoding: result.standardError + result.standardOutput, as: UTF8.self).split(separator: "\n")
    let said = lines.map { line in
        String(line).replacing("\(path): ", with: "").replacing("\(path):", with: "line ")
    }
    return said.isEmpty ? ["ended with \(result.exitCode)"] : Array(said.prefix(5))
}
