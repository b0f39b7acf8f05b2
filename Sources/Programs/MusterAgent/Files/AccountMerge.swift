import MusterBase

/// Puts entries of one /etc/passwd or /etc/group into another, by their names.
///
/// An entry of the source takes the place of the one with its name, or stands at the end; all other lines stay as they are.
package struct AccountMerge: Sendable {
    package enum Database: String, Sendable {
        case passwd = "/etc/passwd"
        case group = "/etc/group"

        /// How many fields a line has (passwd(5), group(5)).
        fileprivate var fields: Int { self == .passwd ? 7 : 4 }
        fileprivate var number: String { self == .passwd ? "user id" : "group id" }
    }

    private let database: Database

    package init(_ database: Database) { self.database = database }

    private struct Entry {
        let line: Substring
        let name: Substring
        let number: UInt32
    }

    /// The merged text.
    ///
    /// - Throws: ``MusterError`` `malformed` for a line of the source that is no entry, and `conflict` when an entry's number
    ///   is another one's.
    package func merge(_ source: String, into present: String) throws -> String {
        let entries = try Self.lines(source).filter { !$0.hasPrefix("#") && !$0.isEmpty }.map(read)
        if let twice = Dictionary(grouping: entries, by: \.name).first(where: { $0.value.count > 1 })?.key {
            throw MusterError(.malformed, "'\(twice)' stands in the source twice")
        }
        var waiting = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
        var lines: [Substring] = Self.lines(present).map { line in
            guard let name = Self.name(of: line), let entry = waiting.removeValue(forKey: name) else { return line }
            return entry.line
        }
        // What NIS and its kin take further entries from stands last (passwd(5)).
        let end = lines.firstIndex { $0.hasPrefix("+") } ?? lines.endIndex
        lines.insert(contentsOf: entries.filter { waiting[$0.name] != nil }.map(\.line), at: end)
        try refuseCollisions(entries, lines)
        return lines.map { $0 + "\n" }.joined()
    }

    /// Names that are in one text and not in another.
    package func newNames(in text: String, besides present: String) -> [String] {
        let known = Set(Self.lines(present).compactMap(Self.name))
        return Self.lines(text).compactMap(Self.name).filter { !known.contains($0) }.map(String.init)
    }

    /// The number of a name; nil when it is not there.
    package func number(of name: String, in text: String) -> UInt32? {
        for line in Self.lines(text) where Self.name(of: line).map({ $0 == name }) == true {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            return fields.count > 2 ? UInt32(fields[2]) : nil
        }
        return nil
    }

    // MARK: -

    private func read(_ line: Substring) throws -> Entry {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == database.fields, let name = Self.name(of: line), let number = UInt32(fields[2]),
            number != .max
        else {
            throw MusterError(.malformed, "'\(line.prefix(80))' is no line of \(database.rawValue)")
        }
        // What is in a profile's files may be read by anybody, and an empty field lets anybody in.
        guard ["x", "*", "!", "!!"].contains(fields[1]) else {
            throw MusterError(
                .malformed, "the entry '\(name)' has a password field that is not 'x'",
                advice: "passwords are no part of \(database.rawValue)")
        }
        return Entry(line: line, name: name, number: number)
    }

    private func refuseCollisions(_ entries: [Entry], _ lines: [Substring]) throws {
        let own = Dictionary(entries.map { ($0.number, $0.name) }) { first, _ in first }
        for line in lines {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count > 2, let name = Self.name(of: line), let number = UInt32(fields[2]),
                let other = own[number], other != name
            else { continue }
            throw MusterError(.conflict, "'\(other)' and '\(name)' would both have the \(database.number) \(number)")
        }
    }

    private static func name(of line: Substring) -> Substring? {
        guard let first = line.first, !"#+-".contains(first), let colon = line.firstIndex(of: ":") else { return nil }
        return colon == line.startIndex ? nil : line[..<colon]
    }

    static func lines(_ text: String) -> [Substring] {
        // Both line ends are one character each.
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
