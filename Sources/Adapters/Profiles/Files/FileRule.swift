import MusterAPI
import NodeRange

/// Where files for nodes come from.
public struct FileSource: Sendable, Hashable {
    public enum Place: Sendable, Hashable {
        /// `files/` in the profile, which anybody can read.
        case profile
        /// `private/os/<profile>/files/`, for authenticated nodes alone.
        case secret
    }

    public var place: Place
    /// Below that directory; no component is `.` or `..`.
    public var path: String

    public init(_ place: Place, _ path: String) {
        self.place = place
        self.path = path
    }
}

/// One line of `syncfiles`.
public struct FileRule: Sendable, Hashable {
    /// Counted from 1.
    public var line: Int
    /// Of the source in its line, counted from 1.
    public var column: Int
    public var source: FileSource
    /// Absolute; with a slash at its end it is a directory that the source goes into.
    public var target: String
    public var method: SyncedFile.Method
    /// The nodes that the rule is for; nil for all. ``rangeText`` is how it was written.
    public var range: NodeRange?
    public var rangeText: String?
    public var mode: UInt16?
    public var owner: String?
    public var group: String?

    /// Whether the source is a pattern for several names.
    var isGlob: Bool { source.path.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } }

    public init(
        line: Int, column: Int, source: FileSource, target: String, method: SyncedFile.Method,
        range: NodeRange? = nil, rangeText: String? = nil, mode: UInt16? = nil, owner: String? = nil,
        group: String? = nil
    ) {
        self.line = line
        self.column = column
        self.source = source
        self.target = target
        self.method = method
        self.range = range
        self.rangeText = rangeText
        self.mode = mode
        self.owner = owner
        self.group = group
    }
}
