/// Decodes a value that stands in JSON as its text.
public func decodeText<Value>(from decoder: any Decoder, _ parse: (String) -> Value?) throws -> Value {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = parse(text) else {
        throw DecodingError.dataCorruptedError(
            in: container, debugDescription: "'\(text)' is not a valid \(Value.self)")
    }
    return value
}

/// Encodes a value as its text.
public func encodeText(_ text: String, to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
}
