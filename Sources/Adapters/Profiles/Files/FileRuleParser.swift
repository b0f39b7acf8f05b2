import MusterAPI
import MusterBase
import NodeRange

/// Reads `syncfiles`. docs/reference/profile.md has the grammar.
public struct FileRuleParser {
    private let file: String
    private var method = SyncedFile.Method.replace
    private var rules: [FileRule] = []
    private var faults: [MusterError] = []

    private static let headings: [String: SyncedFile.Method] = [
        "REPLACE:": .replace, "MERGE:": .merge, "APPENDONCE:": .append,
    ]
    /// The files whose entries have names by which they can be merged.
    public static let mergeable = ["/etc/passwd", "/etc/group", "/etc/hosts"]
    /// What the kernel or the agent keeps, and no file of a profile.
    private static let closed = ["/proc", "/sys", "/dev", "/run/muster-agent", "/var/lib/muster-agent"]
    private static let secretPrefix = "private:"

    private init(file: String) { self.file = file }

    /// Reads all lines.
    ///
    /// - Parameter file: its name, for messages.
    /// - Returns: the rules, and what is wrong with other lines: `syncfiles:7:13: …`.
    public static func read(_ text: String, file: String) -> (rules: [FileRule], faults: [MusterError]) {
        var parser = FileRuleParser(file: file)
        // Both line ends are one character each.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            do {
                try parser.take(line, number: index + 1)
            } catch {
                parser.faults.append(error)
            }
        }
        return (parser.rules, parser.faults)
    }

    // MARK: -

    /// One line, and where in it the reading is.
    private struct Line {
        let file: String
        let text: Substring
        let number: Int
        var rest: Substring

        init(file: String, text: Substring, number: Int) {
            self.file = file
            self.text = text
            self.number = number
            rest = text
        }

        /// Counted from 1.
        var column: Int { text.distance(from: text.startIndex, to: rest.startIndex) + 1 }

        mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\t" } }

        mutating func word() -> Substring {
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            rest = rest[word.endIndex...]
            return word
        }

        func error(_ message: String, column: Int? = nil, advice: String? = nil) -> MusterError {
            MusterError(.malformed, "\(file):\(number):\(column ?? self.column): \(message)", advice: advice)
        }
    }

    private mutating func take(_ text: Substring, number: Int) throws(MusterError) {
        var line = Line(file: file, text: text, number: number)
        line.skipBlanks()
        guard let first = line.rest.first, first != "#" else { return }
        guard line.rest.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw line.error("a control character stands in this line")
        }
        let column = line.column
        let word = line.word()
        if let heading = Self.headings[String(word)] {
            line.skipBlanks()
            guard line.rest.isEmpty || line.rest.hasPrefix("#") else { throw line.error("a heading stands alone") }
            method = heading
        } else if word.hasSuffix(":"), !word.contains("/") {
            throw line.error(
                "'\(word.prefix(80))' is no heading", column: column,
                advice: "there are: REPLACE:, MERGE:, APPENDONCE:")
        } else {
            rules.append(try rule(word, column, &line))
        }
    }

    private func rule(_ word: Substring, _ column: Int, _ line: inout Line) throws(MusterError) -> FileRule {
        let source = try source(word, column, line)
        var rule = FileRule(
            line: line.number, column: column, source: source, target: "/" + source.path, method: method)
        line.skipBlanks()
        var targetColumn = column
        if line.rest.hasPrefix("->") {
            line.rest = line.rest.dropFirst(2)
            line.skipBlanks()
            targetColumn = line.column
            try readTarget(of: &rule, &line)
            line.skipBlanks()
        }
        if line.rest.hasPrefix("(") { try readOptions(of: &rule, &line) }
        line.skipBlanks()
        guard line.rest.isEmpty || line.rest.hasPrefix("#") else {
            throw line.error(
                "'\(line.rest.prefix(80))' is too much here",
                advice: "a rule is: SOURCE -> [NODERANGE:]TARGET (owner=NAME,group=NAME,mode=0644); "
                    + "names with blanks cannot be written")
        }
        try check(rule, line, targetColumn)
        return rule
    }

    private func source(_ word: Substring, _ column: Int, _ line: Line) throws(MusterError) -> FileSource {
        let isSecret = word.hasPrefix(Self.secretPrefix)
        let path = isSecret ? word.dropFirst(Self.secretPrefix.count) : word
        let kind = isSecret ? "the profile's private files" : "files/ of the profile"
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard !parts.isEmpty, !path.hasPrefix("/"), parts.allSatisfy({ $0 != "." && $0 != ".." }) else {
            throw line.error(
                "'\(path.prefix(80))' is no source", column: column,
                advice: "a source is a path below \(kind), without '.', '..' and a slash in front")
        }
        return FileSource(isSecret ? .secret : .profile, parts.joined(separator: "/"))
    }

    /// `/etc/motd`, or with the nodes in front: `rack1,n7:/etc/motd`.
    private func readTarget(of rule: inout FileRule, _ line: inout Line) throws(MusterError) {
        // A range may hold blanks within parentheses and attribute comparisons: all up to `:/` belongs to it.
        if !line.rest.hasPrefix("/"), let end = Self.endOfRange(line.rest) {
            let text = String(line.rest[..<end])
            do {
                rule.range = try NodeRange(text)
            } catch {
                throw line.error("the noderange '\(text.prefix(80))' cannot be read: \(error)")
            }
            rule.rangeText = text
            line.rest = line.rest[line.rest.index(after: end)...]
        }
        let start = line.column
        let word = line.word()
        guard word.hasPrefix("/") else {
            throw line.error(
                word.isEmpty ? "a target is missing" : "'\(word.prefix(80))' is no target", column: start,
                advice: "a target is an absolute path, with a noderange and ':' in front if it is not for all")
        }
        rule.target = String(word)
    }

    /// The colon before the target.
    private static func endOfRange(_ text: Substring) -> Substring.Index? {
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == ":", next < text.endIndex, text[next] == "/" { return index }
            index = next
        }
        return nil
    }

    // MARK: Options

    private func readOptions(of rule: inout FileRule, _ line: inout Line) throws(MusterError) {
        guard let close = line.rest.firstIndex(of: ")") else { throw line.error("the ')' is missing") }
        line.rest = line.rest.dropFirst()
        while line.rest.startIndex < close {
            line.skipBlanks()
            let column = line.column
            let option = line.rest[..<close].prefix { $0 != "," }
            line.rest = line.rest[option.endIndex...].drop { $0 == "," && $0 != ")" }
            let end = option.lastIndex { $0 != " " && $0 != "\t" }
            try set(String(end.map { option[...$0] } ?? ""), of: &rule, line, column)
        }
        line.rest = line.rest[line.rest.index(after: close)...]
    }

    private func set(
        _ option: String, of rule: inout FileRule, _ line: Line, _ column: Int
    ) throws(MusterError) {
        let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count == 2 ? parts[1] : ""
        let rules = "allowed: owner=NAME, group=NAME, mode=0644"
        switch parts[0] {
        case "owner", "group":
            guard Self.isAccount(value) else {
                throw line.error(
                    "'\(value.prefix(80))' is no \(parts[0])", column: column, advice: "a name or a number")
            }
            if parts[0] == "owner" { rule.owner = value } else { rule.group = value }
        case "mode":
            guard (3...4).contains(value.utf8.count), let mode = UInt16(value, radix: 8) else {
                throw line.error(
                    "'\(value.prefix(80))' is no mode", column: column, advice: "three or four octal digits: 0640")
            }
            rule.mode = mode
        default: throw line.error("'\(option.prefix(80))' is no option", column: column, advice: rules)
        }
    }

    private static func isAccount(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    // MARK: What goes together

    private func check(_ rule: FileRule, _ line: Line, _ column: Int) throws(MusterError) {
        let parts = rule.target.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let names = parts.last == "" ? parts.dropLast() : parts
        guard names.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 255 }),
            rule.target.utf8.count < 4000
        else { throw line.error("a target has no '.', '..', '//' and no overlong name", column: column) }
        let path = "/" + names.joined(separator: "/")
        if let closed = Self.closed.first(where: { path == $0 || path.hasPrefix($0 + "/") }) {
            throw line.error("nothing is put below \(closed)", column: column)
        }
        if rule.isGlob, rule.target != "/" + rule.source.path, !rule.target.hasSuffix("/") {
            throw line.error(
                "a pattern for several files wants a directory as its target", column: column,
                advice: "put a slash at its end: \(rule.target)/")
        }
        if rule.isGlob, rule.method != .replace {
            throw line.error("what is merged or appended is one file, and no pattern", column: rule.column)
        }
        if rule.method == .merge, !Self.mergeable.contains(rule.target) {
            throw line.error(
                "\(rule.target) cannot be merged", column: column,
                advice: "what can: \(Self.mergeable.joined(separator: ", "))")
        }
    }
}
