/// Plays that are to be run against one node.
public struct PlayOrder: Sendable, Hashable {
    public var node: String
    /// What the node's host certificate is held against.
    public var hostname: String
    /// Where its SSH server is reached.
    public var address: String
    public var profile: String
    public var stage: String
    public var deployment: String
    /// What it runs, such as `debian-12@7`.
    public var image: String?
    /// Those of the node that are not secret, by name.
    public var attributes: [String: String]
    /// Absolute paths, in the order in which they run.
    public var playbooks: [String]
    /// Its `roles/` are found by the plays.
    public var directory: String

    public init(
        node: String, hostname: String, address: String, profile: String, stage: String, deployment: String,
        image: String?, attributes: [String: String], playbooks: [String], directory: String
    ) {
        self.node = node
        self.hostname = hostname
        self.address = address
        self.profile = profile
        self.stage = stage
        self.deployment = deployment
        self.image = image
        self.attributes = attributes
        self.playbooks = playbooks
        self.directory = directory
    }
}

/// Runs plays: `ansible-playbook` in programs, a scripted one in tests.
public protocol PlayRunner: Sendable {
    /// Runs all playbooks of an order, one after the other, until the first that fails. A cancelled task ends them.
    ///
    /// - Parameter onEvent: called with a line for people for each task, as it is done.
    /// - Returns: the recap, a line for people.
    /// - Throws: ``MusterError`` with the last words of the play that failed.
    func run(_ order: PlayOrder, _ onEvent: @escaping @Sendable (String) -> Void) async throws -> String
}
