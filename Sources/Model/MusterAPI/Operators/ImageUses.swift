/// A version that a machine may be reading, and why it is thought so.
public struct ImageUse: Codable, Sendable, Hashable {
    public enum Reason: String, Codable, Sendable, Comparable {
        /// The node's newest deployment gives it.
        case deployment
        /// The node ran it when it was armed anew, and has not come back since.
        case former
        /// The node's deployments were removed while it ran it.
        case removed
        /// The node says so itself.
        case running

        public static func < (left: Reason, right: Reason) -> Bool { left.rawValue < right.rawValue }
    }

    /// `NAME@VERSION`.
    public var image: String
    public var node: String
    public var reason: Reason

    public init(image: String, node: String, reason: Reason) {
        self.image = image
        self.node = node
        self.reason = reason
    }
}

/// All versions that machines may be reading.
public struct ImageUses: Codable, Sendable, Hashable {
    /// By version, then by node.
    public var uses: [ImageUse]

    public init(uses: [ImageUse]) { self.uses = uses }
}
