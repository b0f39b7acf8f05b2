/// Define or change nodes or groups. All of it happens or nothing.
public struct ChangeRequest: Codable, Sendable, Hashable {
    /// A noderange, or names of groups separated by commas.
    public var range: String
    /// As on the command line: `attr=value`, `attr=` clears, `attr+=value` and `attr-=value` for lists.
    public var assignments: [String]

    public init(range: String, assignments: [String]) {
        self.range = range
        self.assignments = assignments
    }
}

/// What a change came to.
public struct ChangeResponse: Codable, Sendable, Hashable {
    /// The names that were defined, changed or removed, in natural order.
    public var names: [String]

    public init(names: [String]) { self.names = names }
}
