import DeploymentModel

extension TraceEvent {
    /// The event as it may be stored and shown: what a machine sends must not carry control characters to an operator's
    /// terminal, nor be without bound.
    func sanitized() -> TraceEvent {
        var event = self
        event.message = plain(message, limit: 2000)
        event.step = plain(step, limit: 64)
        event.progress = progress.map { min(100, max(0, $0)) }
        return event
    }
}

/// The text without control characters and line breaks, cut to `limit` characters.
func plain(_ text: String, limit: Int) -> String {
    // Nearly all texts are so, and to ask for the category of each character costs more than all else.
    let isPlain = text.utf8.count <= limit && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    guard !isPlain else { return text }
    let scalars = text.unicodeScalars.prefix(limit).map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            Unicode.Scalar(UInt8(ascii: " "))
        default: scalar
        }
    }
    var result = String.UnicodeScalarView()
    result.append(contentsOf: scalars)
    return String(result)
}
