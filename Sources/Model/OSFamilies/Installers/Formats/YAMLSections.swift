import MusterBase

/// A YAML mapping in block style as its keys and the lines under each: as much of YAML as it takes to put keys in the place
/// of others without reading their values. All else stays as somebody wrote it.
struct YAMLSections {
    struct Section {
        let key: String
        /// What stands before the key: comments and empty lines.
        var lead: [String]
        /// From the key to the line before the next.
        var lines: [String]
    }

    /// Before the first key: comments, `---`.
    private(set) var sections: [Section] = []
    /// What stands behind the last key.
    private var tail: [String] = []

    /// - Parameter name: of the file, for errors.
    /// - Throws: `malformed` for what is no mapping in block style.
    init(_ lines: [String], in name: String) throws(MusterError) {
        var waiting: [String] = []
        for line in lines {
            let isIndented = line.first == " " || line.first == "\t"
            if line.isEmpty || line.first == "#" || line == "---" || line.hasPrefix("--- ") {
                waiting.append(line)
            } else if let key = Self.key(of: line), !isIndented {
                sections.append(Section(key: key, lead: waiting, lines: [line]))
                waiting = []
            } else if !sections.isEmpty, isIndented || line.hasPrefix("- ") || line == "-" {
                sections[sections.count - 1].lines += waiting + [line]
                waiting = []
            } else {
                throw MusterError(
                    .malformed, "\(name) cannot be joined with a machine's answers at the line '\(line.prefix(80))'",
                    advice: "write it as 'key: value' lines without indentation, and lists below their keys")
            }
        }
        tail = waiting
    }

    /// Also those that end as on Windows.
    static func lines(of text: String) -> [String] {
        text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// All of it, without a line feed at the end of the last line.
    var lines: [String] { sections.flatMap { $0.lead + $0.lines } + tail }

    func contains(_ key: String) -> Bool { sections.contains { $0.key == key } }

    /// The mapping that is the value of a key; empty for an absent one.
    func mapping(_ key: String, in name: String) throws(MusterError) -> YAMLSections {
        guard let section = sections.first(where: { $0.key == key }) else { return try YAMLSections([], in: name) }
        let inline = Self.value(of: section.lines[0])
        guard inline.isEmpty || inline == "{}" else {
            throw MusterError(
                .malformed, "\(name) has '\(key)' in one line, which cannot be joined with a machine's answers",
                advice: "write its keys below it, each in a line of its own")
        }
        return try YAMLSections(Self.withoutIndentation(Array(section.lines.dropFirst())), in: name)
    }

    /// Puts lines below a key, in the place of what is there.
    mutating func set(_ key: String, lines: [String]) {
        put(key, ["\(key):"] + lines.map { $0.isEmpty ? $0 : "  \($0)" })
    }

    /// Puts a value in the line of a key, in the place of what is there.
    mutating func set(_ key: String, _ value: String) { put(key, ["\(key): \(value)"]) }

    private mutating func put(_ key: String, _ lines: [String]) {
        guard let index = sections.firstIndex(where: { $0.key == key }) else {
            sections.append(Section(key: key, lead: [], lines: lines))
            return
        }
        sections[index].lines = lines
        // Of two the last prevails in some parsers, and others refuse them.
        sections = sections.enumerated().filter { $0.offset <= index || $0.element.key != key }.map(\.element)
    }

    /// Adds an entry to the list that is the value of a key.
    mutating func add(_ entry: String, to key: String, first: Bool) {
        guard let index = sections.firstIndex(where: { $0.key == key }) else {
            return set(key, lines: ["- \(entry)"])
        }
        let head = sections[index].lines[0]
        let inline = Self.value(of: head)
        if let bracket = inline.firstIndex(of: "["), bracket == inline.startIndex, inline.hasSuffix("]") {
            let rest = String(inline.dropFirst().dropLast().drop { $0 == " " })
            let entries = [rest, entry].filter { !$0.isEmpty }
            sections[index].lines = ["\(key): [" + (first ? entries.reversed() : entries).joined(separator: ", ") + "]"]
            return
        }
        let item = sections[index].lines.dropFirst().first { $0.drop { $0 == " " }.first == "-" }
        let line = String(repeating: " ", count: item?.prefix { $0 == " " }.count ?? 2) + "- \(entry)"
        sections[index].lines.insert(line, at: first ? 1 : sections[index].lines.count)
    }

    /// `key` of `key: value`, quoted or not; nil for another line.
    private static func key(of line: String) -> String? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let after = line[line.index(after: colon)...]
        guard after.isEmpty || after.first == " " || after.first == "\t" else { return nil }
        let name = line[..<colon].filter { $0 != "\"" && $0 != "'" }
        return MachineAnswers.consists(name, of: "_-") ? String(name) : nil
    }

    /// Behind the colon, without a comment.
    private static func value(of line: String) -> String {
        guard let colon = line.firstIndex(of: ":") else { return "" }
        var rest = line[line.index(after: colon)...]
        if let comment = rest.firstRange(of: " #") { rest = rest[..<comment.lowerBound] }
        return String(trimmed(rest))
    }

    /// Without the indentation that all lines share.
    static func withoutIndentation(_ lines: [String]) -> [String] {
        let full = lines.filter { line in line.contains { $0 != " " } }
        let shared = full.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        return lines.map { String($0.dropFirst(min(shared, $0.prefix { $0 == " " }.count))) }
    }
}
