import DeploymentModel
import MusterBase

/// How nodes stand.
public struct StatusList: Codable, Sendable, Hashable {
    public struct Status: Codable, Sendable, Hashable {
        public var node: String
        /// The node's newest deployment; absent for a node that never had one.
        public var deployment: Deployment?
        /// What the node runs as it says itself.
        public var running: ImageReference?
        public var lastHeartbeat: Timestamp?
        /// True while heartbeats come in.
        public var alive: Bool
        /// True while the root file system of what it runs needs servers; absent where that never was so.
        public var tethered: Bool?
        /// What is the matter in plain words, when a deployment does not get on.
        public var diagnosis: String?

        public init(
            node: String, deployment: Deployment?, running: ImageReference?, lastHeartbeat: Timestamp?, alive: Bool,
            tethered: Bool? = nil, diagnosis: String?
        ) {
            self.node = node
            self.deployment = deployment
            self.running = running
            self.lastHeartbeat = lastHeartbeat
            self.alive = alive
            self.tethered = tethered
            self.diagnosis = diagnosis
        }
    }

    public var nodes: [Status]
    public var revision: Int64

    public init(nodes: [Status], revision: Int64) {
        self.nodes = nodes
        self.revision = revision
    }
}

/// All that happened in one deployment, in order.
public struct Trace: Codable, Sendable, Hashable {
    public var node: String
    public var deployment: Deployment
    public var events: [TraceEvent]
    /// Identifiers of earlier deployments of this node that still have a trace, newest first.
    public var earlier: [String]

    public init(node: String, deployment: Deployment, events: [TraceEvent], earlier: [String]) {
        self.node = node
        self.deployment = deployment
        self.events = events
        self.earlier = earlier
    }
}
