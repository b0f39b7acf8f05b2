import DeploymentModel
import MusterAPI
import MusterBase

/// What the store holds under `deployments/<node>`.
package struct NodeRecord: Codable, Sendable, Equatable {
    var deployment: Deployment
    /// Identifiers of deployments before this one that still have a trace, newest first.
    var earlier: [String]
    /// Events stored so far in the trace of this deployment: the number of the next one.
    var storedEvents: Int
    /// What was refused in this deployment, and how often; nil when nothing was.
    var refusals: [Refusal]?
    /// The version, such as `debian-12@7`, that the machine runs from a deployment before this one until the key of this
    /// one is granted; nil when there is none. A machine that asks for a key is in its initramfs, and has lost it.
    var formerImage: String?

    static let keptDeployments = 5
    /// The most events in the trace of one deployment; those after them change its state and are not kept.
    static let keptEvents = 5000
    /// The most events in one value of the store: as many of the longest messages are shorter than a value may be.
    static let eventsInValue = 100

    /// What the machine may be running, were the deployment that it runs taken from it now.
    var leftImage: String? { deployment.keyDigest == nil ? formerImage : deployment.image }

    static let prefix = "deployments/"
    static func key(_ node: String) -> String { prefix + node }

    /// The version that a machine may still run whose deployments were removed, as text.
    static let leftPrefix = "left/"
    static func leftKey(_ node: String) -> String { leftPrefix + node }

    /// All traces of a node, or of one of its deployments.
    static func tracePrefix(_ node: String, _ deployment: String) -> String { "traces/\(node)/\(deployment)/" }
    static func earlierKey(_ node: String, _ deployment: String) -> String { "earlier/\(node)/\(deployment)" }

    /// Numbers are padded, so that the order of keys is the order of events.
    static func traceKey(_ node: String, _ deployment: String, _ number: Int) -> String {
        let digits = String(number)
        return tracePrefix(node, deployment) + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    }
}

/// A record in memory, with what is known about the stored one.
struct IndexedRecord: Sendable {
    var record: NodeRecord
    /// The store's revision of the record; nil when it was never stored.
    var storedRevision: Int64?
    /// Events not yet in the store, oldest first.
    var pending: [TraceEvent] = []
    /// True while the record or its events wait to be written.
    var isDirty = false
    /// Events that were not kept, for too many waited, and of which the trace does not say so yet.
    var unkept = 0

    /// How many events the deployment has had so far.
    var events: Int { record.storedEvents + pending.count }
}

/// What a node last said of itself. Kept in memory: the next heartbeat after a restart brings it back.
struct HeartbeatRecord: Sendable {
    var heartbeat: Heartbeat
    var receivedAt: Timestamp
}
