import LinuxSystem
import MusterBase

/// What keeps a script from running on a node, as far as its text tells.
struct ScriptCheck {
    /// Of the script, for the programs that look at it.
    let path: String
    private static let limit = 16 << 20
    /// What begins a program that is no script (ELF, gABI, "ELF Identification").
    private static let programMark: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]

    /// Sentences without the file's name.
    func problems() -> [String] {
        let octets: [UInt8]
        do { octets = try Files.read(path, limit: Self.limit) } catch { return ["\(error)"] }
        if octets.starts(with: Self.programMark) { return [] }
        let text = String(decoding: octets, as: UTF8.self)
        guard let words = Self.interpreter(of: text) else {
            return ["it does not say what runs it; begin it with a line such as #!/bin/sh"]
        }
        if text.prefix(while: { $0 != "\n" }).unicodeScalars.contains("\r") || text.contains("\r\n") {
            return ["its lines end as those of Windows do; run: sed -i 's/\\r$//' \(path)"]
        }
        guard let program = words.first, program.hasPrefix("/") else {
            return ["what runs it is no path: '\(words.first ?? "")'; begin it with a line such as #!/bin/sh"]
        }
        if program.hasSuffix("/env"), words.count < 2 { return ["/usr/bin/env is told no program to run it with"] }
        return []
    }

    /// What the shell that runs it, and shellcheck where it is installed, say of its syntax.
    func syntaxProblems(tools: any ToolRunner) async throws -> [String] {
        guard let text = try? Files.readText(path, limit: Self.limit), let words = Self.interpreter(of: text) else {
            return []
        }
        let program = words.first { !$0.hasSuffix("/env") && !$0.hasPrefix("-") } ?? ""
        let shell: Tool
        switch program.split(separator: "/").last {
        case "sh", "dash", "ash": shell = .sh
        case "bash": shell = .bash
        default: return []
        }
        return try await complaints(of: shell, ["-n", path], tools)
            + complaints(of: .shellcheck, ["--severity=error", "--format=gcc", path], tools)
    }

    private func complaints(of tool: Tool, _ arguments: [String], _ tools: any ToolRunner) async throws -> [String] {
        guard tool.installedPath != nil else { return [] }
        let result = try await tools.run(tool, arguments)
        guard result.exitCode != 0 else { return [] }
        return Profiles.complaints(of: result, about: path).map { "\(tool.name): \($0)" }
    }

    /// The words behind `#!`; nil when there are none.
    private static func interpreter(of text: String) -> [Substring]? {
        guard text.hasPrefix("#!") else { return nil }
        let line = text.dropFirst(2).prefix { !$0.isNewline }
        return line.split { $0 == " " || $0 == "\t" }
    }
}
