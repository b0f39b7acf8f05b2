import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The one form of JSON that Muster speaks: keys in snake_case and sorted, so that the same value gives the same bytes.
public enum MusterJSON {
    /// The keys are converted by the strategy, so types in this package need no coding keys of their own.
    public static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        if let direct = value as? any DirectJSON {
            var writer = DirectJSONWriter(pretty: pretty)
            direct.write(to: &writer)
            return writer.bytes
        }
        return try encodeByCoding(value, pretty: pretty)
    }

    /// By the type's own coding: the form that those types are held against that are written by hand.
    package static func encodeByCoding(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Throws ``MusterError`` with code `malformed` that names `subject` and the place in it.
    public static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from bytes: some Sequence<UInt8>, of subject: String
    ) throws -> Value {
        if let direct = Value.self as? any DirectJSON.Type, let value = read(direct, from: bytes) as? Value {
            return value
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw MusterError(.malformed, "\(subject) is not as it should be: \(describe(error))")
        }
    }

    /// nil when the text is not quite what the reader by hand takes: the decoder then says what is wrong, if anything
    /// is.
    private static func read(_ type: any DirectJSON.Type, from bytes: some Sequence<UInt8>) -> (any DirectJSON)? {
        var reader = DirectJSONReader(bytes as? [UInt8] ?? Array(bytes))
        guard let value = try? type.init(from: &reader), (try? reader.end()) != nil else { return nil }
        return value
    }

    private static func describe(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
            return path.isEmpty ? "at the top" : "at \(path)"
        }
        switch error {
        case .keyNotFound(let key, let context): return "key '\(key.stringValue)' is missing \(place(context))"
        case .typeMismatch(let type, let context): return "\(type) expected \(place(context))"
        case .valueNotFound(let type, let context): return "\(type) expected \(place(context)), found null"
        case .dataCorrupted(let context): return "\(context.debugDescription) \(place(context))"
        @unknown default: return "it cannot be read"
        }
    }
}
