/// How many columns a text takes on a terminal.
///
/// Follows Unicode's East Asian Width (UAX 11): wide and full-width characters take two, combining ones none. Control
/// characters take none.
func displayWidth(_ text: String) -> Int {
    if let ascii = asciiWidth(text) { return ascii }
    return text.reduce(0) { $0 + displayWidth(of: $1) }
}

/// Cuts a text so that it takes at most so many columns; a cut text ends in `…`.
func truncated(_ text: String, to width: Int) -> String {
    guard displayWidth(text) > width else { return text }
    guard width > 0 else { return "" }
    var kept = ""
    var used = 0
    for character in text {
        let next = displayWidth(of: character)
        if used + next > width - 1 { break }
        kept.append(character)
        used += next
    }
    return kept + "…"
}

private func asciiWidth(_ text: String) -> Int? {
    var text = text
    return text.withUTF8 { bytes in
        bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? bytes.count : nil
    }
}

private func displayWidth(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case ..<0x20, 0x7F..<0xA0: return 0
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        return 2
    default:
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return 1
        }
    }
}

/// The text with control characters replaced: what a machine reported is not to move the reader's cursor.
func printable(_ text: String) -> String {
    let isClean = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0xC2 }
    if isClean { return text }
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
        clean.append(isControl ? " " : scalar)
    }
    return String(clean)
}
