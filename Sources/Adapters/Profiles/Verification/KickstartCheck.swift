import LinuxSystem
import MusterBase

/// Kickstart files: whether each section that was begun is ended.
///
/// Source: pykickstart, "Kickstart Documentation", "Sections".
struct KickstartCheck: AnswerFileCheck {
    private static let sections: Set<Substring> = [
        "%packages", "%pre", "%pre-install", "%post", "%onerror", "%traceback", "%addon", "%anaconda", "%certificate",
    ]

    func problems(in text: String) -> [String] {
        var problems: [String] = []
        var open: (name: Substring, number: Int)?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let word = line.split(whereSeparator: \.isWhitespace).first, line.first == "%" else { continue }
            if word == "%end" {
                if open == nil { problems.append("line \(index + 1): %end, and no section was begun") }
                open = nil
            } else if Self.sections.contains(word) {
                if let open { problems.append("line \(open.number): \(open.name) is not ended by %end") }
                open = (word, index + 1)
            }
        }
        if let open { problems.append("line \(open.number): \(open.name) is not ended by %end") }
        return problems
    }

    func problems(inFile path: String, tools: any ToolRunner) async throws -> [String] {
        guard Tool.ksvalidator.installedPath != nil else { return [] }
        let result = try await tools.run(.ksvalidator, [path])
        return result.exitCode == 0 ? [] : complaints(of: result, about: path).map { "ksvalidator: \($0)" }
    }
}
