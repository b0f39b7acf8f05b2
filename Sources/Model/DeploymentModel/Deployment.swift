import MusterBase

/// One run of one profile on one node.
public struct Deployment: Codable, Sendable, Hashable {
    /// Sixteen hexadecimal digits, drawn at random when the node was armed.
    public var id: String
    public var node: String
    public var profile: String
    public var method: DeploymentMethod
    /// The version that the profile named when the node was armed or last booted, such as `debian-12@7`.
    public var image: String?
    public var state: DeploymentState
    public var armedAt: Timestamp
    /// Who asked for it: a user's name, or `muster` for a machine that network-booted again by itself.
    public var armedBy: String
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// When the last event came in.
    public var lastEventAt: Timestamp?
    /// The last step that was reported, in words.
    public var lastStep: String?
    /// How much of the current step is done, 0 to 100.
    public var progress: Int?
    /// In a failed deployment: what was tried, what came back, what to check.
    public var failure: String?
    /// True while the machine's API key may be granted; a grant clears it in the same transaction.
    public var keyGrantOpen: Bool
    /// SHA-256 of the API key that was granted in this deployment.
    public var keyDigest: ContentDigest?
    /// SHA-256 of the key of the deployment before this one. The system that still runs from it may send heartbeats by
    /// it, and nothing else, until the new key is granted.
    public var formerKeyDigest: ContentDigest?
    /// How many events of the agent were taken in: a report that is sent twice counts once.
    public var agentEvents: Int
    /// When the system was on the machine's disk, complete, as the machine said.
    public var stagedAt: Timestamp?

    public init(
        id: String, node: String, profile: String, method: DeploymentMethod, image: String?, armedAt: Timestamp,
        armedBy: String
    ) {
        self.id = id
        self.node = node
        self.profile = profile
        self.method = method
        self.image = image
        self.state = .armed
        self.armedAt = armedAt
        self.armedBy = armedBy
        self.keyGrantOpen = true
        self.agentEvents = 0
    }

    /// True once the system lies on the machine's disk: the key of the deployment then lies there as well. A failure alone
    /// says nothing of the kind: the machine may be going on with what it was told.
    public var isInstalled: Bool { method.writesDisk && (stagedAt != nil || state == .deployed) }
}
