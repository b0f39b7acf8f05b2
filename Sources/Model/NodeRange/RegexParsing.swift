import MusterBase

/// Octets that end a value or a regular expression that is not in quotes or brackets.
func isOperator(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "@"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ")"): true
    default: false
    }
}

extension NodeRangeParser {
    /// The most octets of a regular expression: what bounds the work that one can ask for.
    static let longestRegex = 256

    /// Reads a regular expression: in quotes, or up to an operator that is neither in the expression's own brackets
    /// nor behind a backslash.
    mutating func parseRegex() throws(MusterError) -> String {
        var place = offset
        let pattern: String
        if let quoted = try parseQuoted() {
            place += 1
            pattern = quoted
        } else {
            scanRegex()
            pattern = String(decoding: bytes[place..<offset], as: UTF8.self)
        }
        guard !pattern.isEmpty else { throw error("a regular expression is expected", at: place) }
        guard pattern.utf8.count <= NodeRangeParser.longestRegex else {
            throw error("a regular expression has at most \(NodeRangeParser.longestRegex) characters", at: place)
        }
        do throws(RegexProblem) {
            _ = try TextMatcher(pattern)
        } catch {
            throw self.error("'\(pattern)' is not a regular expression: \(error.text)", at: place + error.offset)
        }
        return pattern
    }

    private mutating func scanRegex() {
        var depth = 0
        var inClass = false
        while let byte = next {
            if depth == 0, !inClass, isOperator(byte) { return }
            switch byte {
            case UInt8(ascii: "\\"): offset += offset + 1 < bytes.count ? 1 : 0
            case UInt8(ascii: "]"): inClass = false
            case UInt8(ascii: "["): inClass = true
            case UInt8(ascii: "("), UInt8(ascii: "{"): depth += inClass ? 0 : 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"): depth -= inClass || depth == 0 ? 0 : 1
            default: break
            }
            offset += 1
        }
    }

    /// Reads text in single or double quotes, if there is any. Within it only the closing quote has a meaning.
    mutating func parseQuoted() throws(MusterError) -> String? {
        guard let quote = next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let place = offset
        guard let end = bytes[(offset + 1)...].firstIndex(of: quote) else {
            throw error("the closing quote is missing", at: place)
        }
        offset = end + 1
        return String(decoding: bytes[(place + 1)..<end], as: UTF8.self)
    }
}
