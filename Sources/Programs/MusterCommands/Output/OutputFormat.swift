import ArgumentParser

/// What results are written as.
public enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// For people.
    case text
    /// For programs: one document, keys in snake_case, times in RFC 3339.
    case json
}
