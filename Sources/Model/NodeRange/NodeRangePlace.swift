import MusterBase

/// An error that points at a place of a noderange.
///
/// - Parameter offset: The octet of `text` that is at fault; the column in the message counts characters from 1.
func noderangeError(
    _ text: String, at offset: Int, _ problem: String, code: MusterError.Code = .invalidInput, advice: String? = nil
) -> MusterError {
    let utf8 = text.utf8
    let place = utf8.index(utf8.startIndex, offsetBy: min(max(0, offset), utf8.count))
    let column = text[..<place].count + 1
    return MusterError(
        code, "noderange '\(excerpt(text, around: column - 1))', column \(column): \(problem)", advice: advice)
}

/// The text, or the part of a long one that lies around a character, on one line.
private func excerpt(_ text: String, around position: Int) -> String {
    let reach = 40
    let start = max(0, position - reach)
    let rest = text.dropFirst(start)
    let part = rest.prefix(2 * reach)
    let shown = part.map { $0.isNewline || $0.asciiValue.map({ $0 < 32 }) == true ? " " : String($0) }.joined()
    return (start > 0 ? "…" : "") + shown + (part.endIndex < rest.endIndex ? "…" : "")
}
