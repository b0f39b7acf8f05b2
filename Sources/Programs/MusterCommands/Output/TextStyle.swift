/// How text is drawn on what it is drawn on.
struct TextStyle: Sendable, Hashable {
    /// True when escape sequences for colour may be written.
    var colour: Bool
    /// Columns to keep within; nil for no limit.
    var width: Int?

    /// For files and pipes.
    static let plain = TextStyle(colour: false, width: nil)

    /// The text between the sequences that colour it (ECMA-48, 8.3.117 SGR), when colour may be written.
    func paint(_ text: String, _ colour: TextColour?) -> String {
        guard self.colour, let colour else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }
}

/// A colour with a meaning, as an SGR parameter.
enum TextColour: String, Sendable {
    case good = "32"
    case warning = "33"
    case bad = "31"
    case active = "36"
    case strong = "1"
    case faint = "2"
}
