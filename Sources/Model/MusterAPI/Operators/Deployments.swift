/// Arms nodes for a profile.
public struct DeployRequest: Codable, Sendable, Hashable {
    public var range: String
    public var profile: String
    /// Only arm: do not touch power or the boot device.
    public var prepare: Bool
    /// Also nodes whose deployment is running now: it is given up, and its key with it.
    public var force: Bool
    /// True: change nothing, only say what would be done.
    public var dryRun: Bool

    public init(range: String, profile: String, prepare: Bool, force: Bool, dryRun: Bool) {
        self.range = range
        self.profile = profile
        self.prepare = prepare
        self.force = force
        self.dryRun = dryRun
    }
}

/// What came of arming or clearing nodes.
public struct DeployResponse: Codable, Sendable, Hashable {
    public struct Refusal: Codable, Sendable, Hashable {
        public var node: String
        public var reason: String

        public init(node: String, reason: String) {
            self.node = node
            self.reason = reason
        }
    }

    /// The nodes that are armed (or cleared) now, in natural order.
    public var nodes: [String]
    /// The nodes that were left alone, and why.
    public var refused: [Refusal]
    /// What the profile gives them, such as `debian-12@7`.
    public var image: String?
    /// The store's revision after it: a status poll that starts here misses nothing.
    public var revision: Int64

    public init(nodes: [String], refused: [Refusal], image: String?, revision: Int64) {
        self.nodes = nodes
        self.refused = refused
        self.image = image
        self.revision = revision
    }
}
