import FoundationEssentials

/// The JSON object that Ansible prints of a task that failed.
enum PlayResult {
    private struct Words: Decodable {
        let msg: Value?
        let stderr: Value?
        let stdout: Value?
    }

    /// A text; other values are passed over.
    private struct Value: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    /// - Parameter key: `msg`, `stderr` or `stdout`.
    static func text(_ key: String, of object: String) -> String? {
        guard let words = try? JSONDecoder().decode(Words.self, from: Data(object.utf8)) else { return nil }
        return switch key {
        case "msg": words.msg?.text
        case "stderr": words.stderr?.text
        default: words.stdout?.text
        }
    }
}
