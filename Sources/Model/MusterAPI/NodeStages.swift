import DeploymentModel
import MusterBase

extension NodePath {
    /// GET; answers ``FileList``: which of the profile's files are for the node that asks.
    public static let files = "/node/v1/files"
    /// POST ``PlaysRequest``; answers ``PlaysStatus``.
    public static let plays = "/node/v1/plays"

    /// GET; answers the octets of one of the files that ``files`` lists for the node.
    public static func content(_ digest: ContentDigest) -> String { "\(files)/\(digest.hex)" }
}

/// What the server does for a node in the stages, beside the scripts, which the node runs itself.
public struct StageWork: Codable, Sendable, Hashable {
    /// Whether the profile has files for its nodes.
    public var hasFiles: Bool
    /// The stages in which Ansible plays are run against the node.
    public var playStages: [String]

    public init(hasFiles: Bool, playStages: [String]) {
        self.hasFiles = hasFiles
        self.playStages = playStages
    }
}

/// One file, link or directory that a node is to have.
public struct SyncedFile: Codable, Sendable, Hashable {
    public enum Method: String, Codable, Sendable {
        /// The content becomes the whole file.
        case replace
        /// Entries of the content go into /etc/passwd, /etc/group or /etc/hosts by their names.
        case merge
        /// The content is put behind what is there, unless it is in there already.
        case append
        case link
        case directory
    }

    /// Absolute, without `.`, `..` and a slash at its end.
    public var target: String
    public var method: Method
    /// Of the content; absent for links and directories.
    public var digest: ContentDigest?
    /// In octets.
    public var size: Int64
    /// What a link says.
    public var link: String?
    /// Absent: that of what is there, and what is usual for what is new.
    public var mode: UInt16?
    /// A name or a number, as `group` is; absent as with `mode`.
    public var owner: String?
    public var group: String?
    /// Which rule it is of, for messages: `syncfiles:7`.
    public var rule: String

    public init(
        target: String, method: Method, digest: ContentDigest? = nil, size: Int64 = 0, link: String? = nil,
        mode: UInt16? = nil, owner: String? = nil, group: String? = nil, rule: String
    ) {
        self.target = target
        self.method = method
        self.digest = digest
        self.size = size
        self.link = link
        self.mode = mode
        self.owner = owner
        self.group = group
        self.rule = rule
    }

    /// In octets, of one file and of all files for a node.
    public static let largest: Int64 = 16 << 20
    public static let largestTotal: Int64 = 64 << 20
    /// The most files, links and directories for a node.
    public static let most = 4096
}

/// What a node is to have, in the order in which the rules apply.
public struct FileList: Codable, Sendable, Hashable {
    public var files: [SyncedFile]

    public init(files: [SyncedFile]) { self.files = files }
}

/// A node asks for the plays of a stage to be run, and with the same words again and again how far they are.
public struct PlaysRequest: Codable, Sendable, Hashable {
    public var stage: String
    /// Drawn at random by the node; another one asks for the plays to be run anew.
    public var run: String

    public init(stage: String, run: String) {
        self.stage = stage
        self.run = run
    }
}

/// How far the plays of a stage are.
public struct PlaysStatus: Codable, Sendable, Hashable {
    public enum State: String, Codable, Sendable {
        /// The profile has no plays for the stage.
        case none
        case waiting
        case running
        case done
        case failed
    }

    public var state: State
    /// For people: what came of them, or why they failed.
    public var message: String

    public init(state: State, message: String) {
        self.state = state
        self.message = message
    }
}
