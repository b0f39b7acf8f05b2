import LinuxSystem
import MusterBase

/// Answers for debian-installer: lines of `OWNER QUESTION TYPE VALUE`.
///
/// Source: Debian GNU/Linux installation guide, B.3 "Creating a preconfiguration file"; debconf-set-selections(1).
package struct PreseedCheck: AnswerFileCheck {
    /// debconf-devel(7), "Type"; and `seen`, by which a file says that a question was answered.
    private static let types: Set<Substring> = [
        "string", "boolean", "select", "multiselect", "note", "text", "password", "error", "title", "terminal", "seen",
    ]

    package init() {}

    package func problems(in text: String) -> [String] {
        lines(of: text).flatMap { number, line in
            faults(of: line).map { "line \(number): \($0)" }
        }
    }

    /// Lines with what was continued, and the number of the first part.
    private func lines(of text: String) -> [(number: Int, text: String)] {
        var lines: [(Int, String)] = []
        var open: (number: Int, text: String)?
        for (index, part) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let (number, before) = open ?? (index + 1, "")
            // A remark is not continued.
            let continues = part.hasSuffix("\\") && !(before.isEmpty && isRemark(part))
            let line = before + (continues ? part.dropLast() : part)
            open = continues ? (number, line) : nil
            if open == nil { lines.append((number, line)) }
        }
        if let open { lines.append((open.number, open.text + "\\")) }
        return lines
    }

    private func isRemark(_ line: some StringProtocol) -> Bool { line.first { $0 != " " && $0 != "\t" } == "#" }

    private func faults(of line: String) -> [String] {
        guard !isRemark(line), line.contains(where: { $0 != " " && $0 != "\t" }) else { return [] }
        if line.contains("\r") { return ["it ends as lines of Windows do; run: sed -i 's/\\r$//' on the file"] }
        if line.hasSuffix("\\") { return ["the file ends where it says that the line goes on"] }
        let words = line.split(maxSplits: 3) { $0 == " " || $0 == "\t" }
        guard words.count >= 3 else {
            return [
                "'\(line)' has no type; a line is: OWNER QUESTION TYPE VALUE, such as d-i clock-setup/utc boolean true"
            ]
        }
        guard words[1].contains("/") else {
            return ["'\(words[1])' is no question: those have a '/', such as clock-setup/utc"]
        }
        guard Self.types.contains(words[2]) else {
            return ["'\(words[2])' is no type of a question; there are: \(Self.types.sorted().joined(separator: ", "))"]
        }
        return valueFaults(words[2], words.count > 3 ? words[3] : "", of: words[1])
    }

    private func valueFaults(_ type: Substring, _ value: Substring, of question: Substring) -> [String] {
        switch type {
        case "boolean", "seen":
            let word = value.trimmingSuffix { $0 == " " || $0 == "\t" }
            return word == "true" || word == "false" ? [] : ["\(question) is \(type): true or false, and not '\(word)'"]
        case "password" where !value.isEmpty && value != "!" && value != "*":
            return [
                "\(question) has a password, and anybody can read this file; set the attribute crypted.rootpassword"
            ]
        default: return []
        }
    }

    package func problems(inFile path: String, tools: any ToolRunner) async throws -> [String] {
        guard Tool.debconfSetSelections.installedPath != nil else { return [] }
        let result = try await tools.run(.debconfSetSelections, ["--checkonly", path])
        guard result.exitCode != 0 else { return [] }
        return complaints(of: result, about: path).map { "debconf-set-selections: \($0)" }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isLeftOut: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isLeftOut(last) { rest.removeLast() }
        return rest
    }
}
