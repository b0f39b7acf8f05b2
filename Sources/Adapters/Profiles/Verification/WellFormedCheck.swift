import LinuxSystem
import MusterAPI
import MusterBase
import StrictYAML

/// Ignition and Agama: whether it is JSON.
struct JSONAnswerCheck: AnswerFileCheck {
    /// Takes any value.
    private struct AnyValue: Decodable { init(from decoder: any Decoder) {} }

    func problems(in text: String) -> [String] {
        do {
            _ = try MusterJSON.decode(AnyValue.self, from: text.utf8, of: "the file")
            return []
        } catch { return ["\(error)"] }
    }
}

/// cloud-init: whether it is YAML.
struct YAMLAnswerCheck: AnswerFileCheck {
    func problems(in text: String) -> [String] {
        do {
            _ = try YAMLValue.parse(text, file: "the file")
            return []
        } catch { return ["\(error)"] }
    }
}

/// AutoYaST: whether it is XML, where a program is there that can tell.
struct XMLAnswerCheck: AnswerFileCheck {
    func problems(in text: String) -> [String] {
        let start = text.drop { $0.isWhitespace }
        return start.first == "<" ? [] : ["it is no XML: that begins with '<'"]
    }

    func problems(inFile path: String, tools: any ToolRunner) async throws -> [String] {
        guard Tool.xmllint.installedPath != nil else { return [] }
        // No DTD is fetched: what a file says it is must not send requests to anybody.
        let result = try await tools.run(.xmllint, ["--noout", "--nonet", path])
        return result.exitCode == 0 ? [] : complaints(of: result, about: path).map { "xmllint: \($0)" }
    }
}
