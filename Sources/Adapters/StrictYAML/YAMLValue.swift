import MusterBase
import Yams

/// A value of a YAML file that a person wrote, together with its place: what is wrong with it is told as
/// `FILE:LINE:COLUMN: what; allowed: …`, in one line.
public struct YAMLValue {
    let node: Node
    let file: String

    /// Reads a document. Throws ``MusterError`` `malformed` that names the place of a fault in the syntax: what
    /// stands in a file is no fault of the command line.
    public static func parse(_ text: String, file: String) throws -> YAMLValue {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw MusterError(.malformed, "\(file):1:1: the file is empty")
            }
            return YAMLValue(node: node, file: file)
        } catch let error as YamlError {
            throw describe(error, file: file)
        }
    }

    private static func describe(_ error: YamlError, file: String) -> MusterError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            MusterError(.malformed, "\(file):\(mark.line):\(mark.column): this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            MusterError(
                .malformed,
                "\(file):\(context.mark.line):\(context.mark.column): the key "
                    + "\(duplicates.map { "'\($0)'" }.sorted().joined(separator: ", ")) stands here more than once")
        case .reader(let problem, let offset, _, _):
            MusterError(.malformed, "\(file): this is not YAML: \(problem) at octet \(offset ?? 0)")
        default:
            MusterError(.malformed, "\(file): this is not YAML")
        }
    }

    /// An error about this value, with its place.
    ///
    /// - Parameter allowed: What may stand here.
    public func error(_ message: String, allowed: String? = nil) -> MusterError {
        let place = node.mark.map { "\(file):\($0.line):\($0.column)" } ?? file
        return MusterError(.malformed, "\(place): \(message)", advice: allowed.map { "allowed: \($0)" })
    }

    /// The text of a scalar, which may be empty; nil for a list or mapping.
    public var plainText: String? { node.scalar?.string }

    /// Any scalar as the text that stands in the file; quoted or not, `12` is "12".
    public func text(_ what: String) throws -> String {
        guard let scalar = node.scalar, !isNull else { throw error("\(what) must be a text") }
        guard !scalar.string.unicodeScalars.contains("\0") else { throw error("\(what) must not hold a NUL") }
        guard !scalar.string.isEmpty else { throw error("\(what) must not be empty") }
        return scalar.string
    }

    /// True for what YAML takes for no value at all, such as `null` and `~` (YAML 1.2, section 10.2.1.1).
    private var isNull: Bool {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// One line of text for people.
    public func line(_ what: String) throws -> String {
        try text(what, allowed: "one line") { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } }
    }

    /// A text that satisfies `isAllowed`.
    public func text(_ what: String, allowed: String, _ isAllowed: (String) -> Bool) throws -> String {
        let text = try text(what)
        guard isAllowed(text) else { throw error("'\(text)' is no \(what)", allowed: allowed) }
        return text
    }

    /// One of a few words.
    public func word(_ what: String, of words: [String]) throws -> String {
        try text(what, allowed: words.joined(separator: ", "), words.contains)
    }

    public func bool(_ what: String) throws -> Bool { try word(what, of: ["true", "false"]) == "true" }

    public func integer(_ what: String, in range: ClosedRange<Int>) throws -> Int {
        let text = try text(what)
        guard let value = Int(text), range.contains(value) else {
            throw error("'\(text)' is no \(what)", allowed: "\(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    public func list<Element>(_ what: String, _ read: (YAMLValue) throws -> Element) throws -> [Element] {
        guard let sequence = node.sequence else { throw error("\(what) must be a list") }
        return try sequence.map { try read(YAMLValue(node: $0, file: file)) }
    }

    /// The value of one key of a mapping, whatever other keys there are; nil for what is no mapping.
    public func value(of key: String) -> YAMLValue? {
        node.mapping?.first { $0.key.scalar?.string == key }.map { YAMLValue(node: $0.value, file: file) }
    }

    /// The values of a mapping by key.
    ///
    /// - Parameter allowed: All keys that there are; another one is an error that lists them.
    public func mapping(_ what: String, keys allowed: [String]) throws -> YAMLMapping {
        guard let mapping = node.mapping else {
            throw error("\(what) must be a mapping", allowed: allowed.joined(separator: ", "))
        }
        var values: [String: YAMLValue] = [:]
        for (key, value) in mapping {
            let keyValue = YAMLValue(node: key, file: file)
            let name = try keyValue.text("a key")
            guard allowed.contains(name) else {
                throw keyValue.error("unknown key '\(name)' in \(what)", allowed: allowed.joined(separator: ", "))
            }
            values[name] = YAMLValue(node: value, file: file)
        }
        return YAMLMapping(whole: self, what: what, values: values)
    }
}

/// The values of one mapping.
public struct YAMLMapping {
    let whole: YAMLValue
    let what: String
    let values: [String: YAMLValue]

    public subscript(key: String) -> YAMLValue? { values[key] }

    /// The value of a key that must be there.
    public func required(_ key: String) throws -> YAMLValue {
        guard let value = values[key] else { throw whole.error("\(what) lacks the key '\(key)'") }
        return value
    }
}
