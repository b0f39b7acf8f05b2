/// A type whose JSON is written and read by hand, because an answer may hold ten thousands of them, or because each
/// machine sends many while it boots: about ten times as fast as by `Codable`. The bytes are those that ``MusterJSON`` would give otherwise; a test holds both against each
/// other.
package protocol DirectJSON {
    /// Writes one value; the keys of an object in ascending order, absent values left out.
    func write(to writer: inout DirectJSONWriter)

    /// Reads one value. Keys that it does not know are passed over.
    init(from reader: inout DirectJSONReader) throws(DirectJSONFault)
}

/// The text is not what the reader by hand takes. The reason is told by the decoder that is asked next.
package struct DirectJSONFault: Error {
    package init() {}
}

extension Array: DirectJSON where Element: DirectJSON {
    package func write(to writer: inout DirectJSONWriter) { writer.array(self) { $1.write(to: &$0) } }

    package init(from reader: inout DirectJSONReader) throws(DirectJSONFault) {
        self = try reader.array { (reader) throws(DirectJSONFault) in try Element(from: &reader) }
    }
}
