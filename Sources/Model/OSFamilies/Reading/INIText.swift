/// Sections, keys and values of a `.treeinfo`: `[section]`, `key = value`, `;` and `#` before comments. Lines of another
/// form are passed over; of a key that is there twice the last counts.
struct INIText {
    private let values: [String: [String: String]]

    init(_ text: String) {
        var values: [String: [String: String]] = [:]
        var section = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let line = trimmed(line)
            if line.hasPrefix(";") || line.hasPrefix("#") { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = String(line.dropFirst().dropLast())
            } else if let equals = line.firstIndex(of: "=") {
                values[section, default: [:]][String(trimmed(line[..<equals]))] = String(
                    trimmed(line[line.index(after: equals)...]))
            }
        }
        self.values = values
    }

    /// Nil when it is not there, or empty.
    func value(_ section: String, _ key: String) -> String? {
        values[section]?[key].flatMap { $0.isEmpty ? nil : $0 }
    }

    func section(_ name: String) -> [String: String] { values[name] ?? [:] }

    var sections: [String] { values.keys.sorted() }
}

/// Without blanks at both ends.
func trimmed(_ text: some StringProtocol) -> Substring {
    let text = Substring(text).drop(while: \.isWhitespace)
    guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return text[...last]
}
