/// Words of Kickstart, which Anaconda splits as Python's shlex does.
enum KickstartWord {
    /// Between double quotes, in which only `"` and `\` have a meaning. Nil for what cannot stand in a line.
    static func quoted(_ text: String) -> String? {
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F && !$0.isLineBreak }) else {
            return nil
        }
        return "\"" + text.replacingScalars(["\\": "\\\\", "\"": "\\\""]) + "\""
    }
}

/// Lines of Kickstart, one under the other.
struct KickstartLines {
    private(set) var lines: [String] = []

    /// A command with plain words.
    mutating func add(_ line: String) { lines.append(line) }

    /// A command with a value; not without one, and not with one that cannot stand in a line.
    mutating func add(_ lead: String, _ value: String?) {
        if let quoted = value.flatMap({ KickstartWord.quoted($0) }) { lines.append(lead + quoted) }
    }

    var text: String { lines.map { "\($0)\n" }.joined() }
}
