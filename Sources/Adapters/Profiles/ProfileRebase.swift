import LinuxSystem
import MusterBase

/// What becomes of a profile's files when it follows a new version of Muster, or of its medium.
public struct ProfileRebase: Sendable {
    /// What becomes of one file. Muster's text: the one that it wrote once, and the one that it writes now.
    public enum Outcome: String, Sendable, Codable {
        /// Muster's text is the same as before; so the file stays, changed by the administrator or not.
        case unchanged
        /// It was as Muster wrote it, and has the new text.
        case updated
        /// Muster wrote none of this name before.
        case added
        /// It was as Muster wrote it, and Muster writes none of this name any more.
        case removed
        /// The administrator changed it, and so has Muster: it stays, and the difference of Muster's two texts is shown.
        case kept
        /// Both changed it, in different places: it has both changes.
        case merged
        /// The administrator has settled what to take of Muster's change, and the new text is the base from now on.
        case resolved
    }

    public struct File: Sendable {
        /// Below the profile's directory.
        public var path: String
        public var outcome: Outcome
        /// Of Muster's old text and its new one, in the form of patch(1); for ``Outcome/updated`` and ``Outcome/kept``. With
        /// a new record: of the administrator's text and Muster's.
        public var diff: String?
        /// Nil for what stays as it is.
        var write: Change?
    }

    enum Change: Sendable {
        case text([UInt8])
        case removal
    }

    public var profile: String
    /// Nil for a profile that had no record.
    public var from: ProfileOrigin?
    public var to: ProfileOrigin
    public var files: [File]
    /// Those that were written, or would be.
    public var bootFiles: [String]
    let stock: ProfileStock

    /// Whether something is left for the administrator.
    public var isComplete: Bool { !files.contains { $0.outcome == .kept } }

    /// Whether anything is other than it was, or would be: files, or the texts that later ones are compared with.
    public var hasChanges: Bool { !bootFiles.isEmpty || files.contains { $0.outcome != .unchanged } || isNewRecord }

    var isNewRecord: Bool { from == nil }

    static let sizeLimit = 4 << 20
    /// Where new texts are written before they get their names.
    static let staging = "\(ProfileOrigin.directory)/rebase"
}

/// What an administrator asks for.
public struct ProfileRebaseChoices: Sendable {
    /// Change nothing, only tell.
    public var isDryRun = false
    /// Take the present files for what they were made from, where there is no record.
    public var adopts = false
    /// For a new record; nil for the one that the old record tells, or the default.
    public var variant: String?
    /// Files whose kept changes are settled.
    public var resolved: Set<String> = []
    /// Makes one text of the administrator's, the old and the new one; nil where both changed the same lines.
    public var merge: (@Sendable (ThreeTexts) async throws -> [UInt8]?)?

    public init() {}
}

/// The texts of a file, by where they are or what they say.
public struct ThreeTexts: Sendable {
    public let ownPath: String
    public let basePath: String
    public let new: [UInt8]

    package init(ownPath: String, basePath: String, new: [UInt8]) {
        self.ownPath = ownPath
        self.basePath = basePath
        self.new = new
    }
}
