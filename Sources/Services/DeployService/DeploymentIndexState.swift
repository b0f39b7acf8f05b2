import DeploymentModel
import MusterAPI
import MusterBase

/// What ``DeploymentIndex`` keeps behind its lock, and the changes of it that are made as one.
struct DeploymentIndexState {
    /// Who waits for a change of some nodes.
    struct Waiter {
        let watched: WatchedNodes
        let continuation: CheckedContinuation<Void, Never>
    }

    private(set) var records: [String: IndexedRecord] = [:]
    /// The nodes whose newest deployment stands in each state.
    private(set) var nodesByState: [DeploymentState: Set<String>] = [:]
    /// Node by digest of a key that is in force.
    var nodesByKey: [ContentDigest: String] = [:]
    var heartbeats: [String: HeartbeatRecord] = [:]
    /// What machines may still run whose deployments were removed.
    var left: [String: String] = [:]
    /// Nodes that wait to be written, each once.
    var dirty: [String] = []
    /// Those of them whose deployment is over.
    var ended: [String] = []
    var pendingEvents = 0
    var droppedEvents = 0
    /// For long polls. Holds nodes that lost their deployments, too, until they are too many.
    var changes = ChangeLog()
    var revision: Int64
    var nextWaiter = 0
    var waiters: [Int: Waiter] = [:]
    /// Changes and names that were looked at for long polls.
    var lookedAt = 0
    var writer: CheckedContinuation<Void, Never>?
    var isClosed = false

    init(revision: Int64) { self.revision = revision }

    mutating func put(_ indexed: IndexedRecord, of node: String) {
        let state = indexed.record.deployment.state
        let old = records.updateValue(indexed, forKey: node)?.record.deployment.state
        guard old != state else { return }
        if let old { nodesByState[old]?.remove(node) }
        nodesByState[state, default: []].insert(node)
    }

    mutating func removeRecord(of node: String) -> IndexedRecord? {
        guard let old = records.removeValue(forKey: node) else { return nil }
        nodesByState[old.record.deployment.state]?.remove(node)
        return old
    }

    mutating func setDirty(_ isDirty: Bool, _ node: String) { records[node]?.isDirty = isDirty }

    /// What each node's machine may be running, or be about to: one by the name of the node whose record says so.
    func uses() -> [ImageUse] {
        var uses = left.map { ImageUse(image: $0.value, node: $0.key, reason: .removed) }
        for (node, indexed) in records {
            let record = indexed.record
            if let image = record.deployment.image {
                uses.append(ImageUse(image: image, node: node, reason: .deployment))
            }
            if let image = record.formerImage { uses.append(ImageUse(image: image, node: node, reason: .former)) }
        }
        for (node, beat) in heartbeats {
            guard let image = beat.heartbeat.image else { continue }
            uses.append(ImageUse(image: image.description, node: node, reason: .running))
        }
        return uses
    }

    // MARK: Changes

    /// Applies events to a deployment, and keeps them for the store as far as there is room. A machine in a loop, or a
    /// neighbour that plays one, must not fill the disk with a trace; where events are missing, it says so once.
    mutating func take(
        _ events: [TraceEvent], _ indexed: inout IndexedRecord, of node: String, pendingLimit: Int
    ) {
        for event in events { indexed.record.deployment.apply(event) }
        noteChange(of: node)
        markDirty(&indexed, node)
        if indexed.record.deployment.state.isOver { ended.append(node) }
        defer { put(indexed, of: node) }
        let room = max(0, pendingLimit - pendingEvents)
        let own = NodeRecord.keptEvents - indexed.events
        guard let time = events.first?.time, room > 0, own > 0 else {
            droppedEvents += events.count
            if own > 0 { indexed.unkept += events.count }
            return
        }
        var kept = Array(events.prefix(room))
        droppedEvents += events.count - kept.count
        if indexed.unkept > 0 {
            let message = "\(indexed.unkept) events before this one are missing: too many came at once"
            kept.insert(.missing(message, time), at: 0)
        }
        indexed.unkept = events.count - min(events.count, room)
        if kept.count >= own {
            droppedEvents += kept.count - own + 1
            kept = Array(kept.prefix(own - 1))
            kept.append(.missing("later events are missing: one trace has no more than \(NodeRecord.keptEvents)", time))
        }
        indexed.pending.append(contentsOf: kept)
        pendingEvents += kept.count
    }

    /// Those of some nodes that wait to be written; they do not any more.
    mutating func clean(_ nodes: [String]) -> [(node: String, indexed: IndexedRecord)] {
        nodes.compactMap { node in
            guard var indexed = records[node], indexed.isDirty else { return nil }
            indexed.isDirty = false
            setDirty(false, node)
            return (node, indexed)
        }
    }

    /// Those who wait for a change that came just now, or all when the index is closed.
    mutating func takeWaiters(changedAfter revision: Int64) -> [Waiter] {
        if isClosed {
            defer { waiters.removeAll() }
            return Array(waiters.values)
        }
        guard self.revision != revision, !waiters.isEmpty else { return [] }
        let ready = waiters.keys.filter { id in waiters[id].map { hasChange(of: $0.watched, after: revision) } ?? false
        }
        return ready.compactMap { waiters.removeValue(forKey: $0) }
    }

    mutating func hasChange(of watched: WatchedNodes, after revision: Int64) -> Bool {
        let later = changes.after(revision)
        lookedAt += min(later.count, watched.names.count)
        guard later.count > watched.names.count else { return later.contains { watched.contains($0.node) } }
        return watched.names.contains { (changes.lastChange(of: $0) ?? 0) > revision }
    }

    mutating func noteChange(of node: String) {
        revision += 1
        changes.note(node, at: revision)
    }

    mutating func markDirty(_ indexed: inout IndexedRecord, _ node: String) {
        guard !indexed.isDirty else { return }
        indexed.isDirty = true
        dirty.append(node)
    }

    mutating func forgetKeys(of node: String) {
        guard let deployment = records[node]?.record.deployment else { return }
        for key in [deployment.keyDigest, deployment.formerKeyDigest] {
            if let key { nodesByKey[key] = nil }
        }
    }

    mutating func rememberKeys(of node: String) {
        guard let deployment = records[node]?.record.deployment else { return }
        for key in [deployment.formerKeyDigest, deployment.keyDigest] {
            if let key { nodesByKey[key] = node }
        }
    }
}

extension TraceEvent {
    /// Says in a trace that something is not in it.
    fileprivate static func missing(_ message: String, _ time: Timestamp) -> TraceEvent {
        TraceEvent(time: time, source: .server, step: Step.trace, status: .retrying, message: message)
    }
}
