import MusterBase
import Yams

/// A YAML file that people write, read strictly: each value knows its place, an unknown key is an error.
///
/// Every error is one line, `FILE:LINE:COLUMN: what is wrong and what is allowed`.
public struct YAMLDocument {
    /// The top of the document; nil for a document with nothing in it.
    public let root: YAMLValue?

    /// - Parameter name: the file's name for error messages.
    public init(_ text: String, name: String) throws {
        do {
            root = try Yams.compose(yaml: text).map { YAMLValue(node: $0, file: name, path: "") }
        } catch let error as YamlError {
            throw MusterError(.invalidInput, YAMLDocument.line(error, name: name))
        }
    }

    private static func line(_ error: YamlError, name: String) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "\(name):\(mark.line):\(mark.column): not YAML: \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            return "\(name):\(context.mark.line):\(context.mark.column): \(names) given twice"
        default:
            return "\(name): not YAML: \(error)"
        }
    }
}

/// One value of a document.
public struct YAMLValue {
    let node: Node
    let file: String
    /// Where in the document, for messages: `networks[0].mode`.
    public let path: String

    /// An error at this value.
    public func error(_ message: String, advice: String? = nil) -> MusterError {
        let mark = node.mark.map { ":\($0.line):\($0.column)" } ?? ""
        return MusterError(.invalidInput, "\(file)\(mark): \(path.isEmpty ? "" : "\(path): ")\(message)", advice: advice)
    }

    /// Whether there is nothing behind the key: `key:` or `key: null`.
    public var isNull: Bool { node.scalar != nil && node.null != nil }

    /// The value as a mapping with no other keys than these.
    public func mapping(allowed keys: [String]) throws -> YAMLMapping {
        guard let mapping = node.mapping else { throw error("a mapping is wanted here") }
        var values: [String: YAMLValue] = [:]
        for (key, value) in mapping {
            guard let name = key.string else { throw error("a key is not a word") }
            guard keys.contains(name) else {
                throw YAMLValue(node: key, file: file, path: path)
                    .error("unknown key '\(name)'; known are \(keys.joined(separator: ", "))")
            }
            values[name] = YAMLValue(node: value, file: file, path: path.isEmpty ? name : "\(path).\(name)")
        }
        return YAMLMapping(owner: self, values: values)
    }

    /// The value as a mapping with keys of the writer's choice, in the order of the file.
    public func entries() throws -> [(key: String, value: YAMLValue)] {
        guard let mapping = node.mapping else { throw error("a mapping is wanted here") }
        return try mapping.map { key, value in
            guard let name = key.string else { throw error("a key is not a word") }
            return (name, YAMLValue(node: value, file: file, path: path.isEmpty ? name : "\(path).\(name)"))
        }
    }

    public func list() throws -> [YAMLValue] {
        guard let sequence = node.sequence else { throw error("a list is wanted here") }
        return sequence.enumerated().map { YAMLValue(node: $1, file: file, path: "\(path)[\($0)]") }
    }

    /// Any scalar as it is written, also a number.
    public func text() throws -> String {
        guard let scalar = node.scalar, !isNull else { throw error("a text is wanted here") }
        return scalar.string
    }

    public func integer(in range: ClosedRange<Int>) throws -> Int {
        guard let value = node.int, range.contains(value) else {
            throw error("a whole number from \(range.lowerBound) to \(range.upperBound) is wanted here")
        }
        return value
    }

    public func boolean() throws -> Bool {
        guard let value = node.bool else { throw error("true or false is wanted here") }
        return value
    }

    public func texts() throws -> [String] { try list().map { try $0.text() } }

    /// A value read by `parse`; `expected` names what is allowed, as in "an IPv4 address".
    public func parsed<Value>(_ expected: String, _ parse: (String) -> Value?) throws -> Value {
        let text = try text()
        guard let value = parse(text) else { throw error("'\(text)' is not \(expected)") }
        return value
    }

    /// One of a few words.
    public func choice<Value: RawRepresentable & CaseIterable>(
        of type: Value.Type = Value.self
    ) throws -> Value where Value.RawValue == String {
        let text = try text()
        guard let value = Value(rawValue: text) else {
            let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("'\(text)' is not allowed; allowed are \(allowed)")
        }
        return value
    }
}

/// The values of a mapping whose keys were checked.
public struct YAMLMapping {
    let owner: YAMLValue
    let values: [String: YAMLValue]

    /// The value under a key; nil when the key is absent or has nothing behind it.
    public subscript(_ key: String) -> YAMLValue? { values[key].flatMap { $0.isNull ? nil : $0 } }

    public func required(_ key: String) throws -> YAMLValue {
        guard let value = self[key] else { throw owner.error("key '\(key)' is missing") }
        return value
    }
}
