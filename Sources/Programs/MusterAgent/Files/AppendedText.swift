/// Puts octets behind others, once.
package enum AppendedText {
    /// - Returns: what was there, and behind it, in lines of its own, what was not there yet as whole lines in one piece.
    package static func append(_ addition: [UInt8], to present: [UInt8]) -> [UInt8] {
        let newline = UInt8(ascii: "\n")
        var block = addition
        if let last = block.last, last != newline { block.append(newline) }
        var result = present
        if let last = result.last, last != newline { result.append(newline) }
        return block.isEmpty || hasLines(block, in: result) ? present : result + block
    }

    /// Both end with a line feed.
    private static func hasLines(_ block: [UInt8], in text: [UInt8]) -> Bool {
        var start = 0
        while start + block.count <= text.count {
            if text[start...].starts(with: block) { return true }
            guard let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) else { return false }
            start = end + 1
        }
        return false
    }
}
