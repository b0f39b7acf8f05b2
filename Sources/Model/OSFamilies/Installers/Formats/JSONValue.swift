import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Any JSON, to be joined with other JSON.
enum JSONValue: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// - Parameter name: of the file, for errors.
    /// - Throws: `malformed` for what is no JSON object.
    init(_ text: String, in name: String) throws(MusterError) {
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        } catch {
            throw MusterError(.malformed, "\(name) is no JSON", cause: error)
        }
        guard case .object = self else { throw MusterError(.malformed, "\(name) is no JSON object") }
    }

    /// For people: indented, keys in order.
    var prettyText: String { encoded([.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + "\n" }

    var compactText: String { encoded([.sortedKeys, .withoutEscapingSlashes]) }

    private func encoded(_ form: JSONEncoder.OutputFormatting) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = form
        // Fails only for numbers that are none, and JSON has none of those.
        let data = (try? encoder.encode(self)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    /// The value of a key; nil for what has none.
    subscript(key: String) -> JSONValue? {
        get { if case .object(let object) = self { object[key] } else { nil } }
        set {
            var object: [String: JSONValue] = if case .object(let object) = self { object } else { [:] }
            object[key] = newValue
            self = .object(object)
        }
    }

    var asList: [JSONValue]? { if case .list(let list) = self { list } else { nil } }
    var asText: String? { if case .text(let text) = self { text } else { nil } }

    /// The same with another one's keys, at all depths; lists and plain values are the other's.
    func merged(with other: JSONValue) -> JSONValue {
        guard case .object(var object) = self, case .object(let news) = other else { return other }
        for (key, value) in news { object[key] = object[key]?.merged(with: value) ?? value }
        return .object(object)
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByIntegerLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}
