import DeploymentModel
import MusterAPI
import MusterBase
import Synchronization

/// All nodes' newest deployments in memory: what the boot services and the APIs ask at each request, in constant time
/// and from any thread. ``DeploymentLedger`` brings changes to the store.
final class DeploymentIndex: Sendable {
    struct State {
        var records: [String: IndexedRecord] = [:]
        /// Node by digest of a key that is in force.
        var nodesByKey: [ContentDigest: String] = [:]
        var heartbeats: [String: HeartbeatRecord] = [:]
        /// Nodes that wait to be written, each once.
        var dirty: [String] = []
        var pendingEvents = 0
        var droppedEvents = 0
        /// When nodes lost their deployments, for long polls. Emptied when it grows too large.
        var removed: [String: Int64] = [:]
        var revision: Int64
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var writer: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let pendingLimit: Int

    /// - Parameters:
    ///   - firstRevision: must be higher than any that an earlier process gave out; the time serves well.
    ///   - pendingLimit: how many events may wait for the store, over all nodes; more are dropped and counted.
    init(firstRevision: Int64, pendingLimit: Int = 200_000) {
        state = Mutex(State(revision: firstRevision))
        self.pendingLimit = pendingLimit
    }

    // MARK: Reading

    func deployment(of node: String) -> Deployment? { state.withLock { $0.records[node]?.record.deployment } }

    func indexed(_ node: String) -> IndexedRecord? { state.withLock { $0.records[node] } }

    func heartbeat(of node: String) -> HeartbeatRecord? { state.withLock { $0.heartbeats[node] } }

    var revision: Int64 { state.withLock { $0.revision } }

    var droppedEvents: Int { state.withLock { $0.droppedEvents } }

    /// How many deployments stand in each state.
    func counts() -> [DeploymentState: Int] {
        state.withLock { state in
            state.records.values.reduce(into: [:]) { $0[$1.record.deployment.state, default: 0] += 1 }
        }
    }

    /// Who holds a key: the node, its deployment, and whether the key is of the deployment before.
    func holder(of key: ContentDigest) -> (node: String, deployment: Deployment, isFormer: Bool)? {
        state.withLock { state in
            guard let node = state.nodesByKey[key], let deployment = state.records[node]?.record.deployment else {
                return nil
            }
            return (node, deployment, deployment.keyDigest != key)
        }
    }

    /// Those of `nodes` that changed after a revision, and the revision now.
    func changed(among nodes: [String], after revision: Int64) -> (nodes: [String], revision: Int64) {
        state.withLock { state in
            let changed = nodes.filter { node in
                (state.records[node]?.changedAt ?? state.removed[node] ?? 0) > revision
            }
            return (changed, state.revision)
        }
    }

    // MARK: Changing

    /// Puts a record as the store has it now.
    ///
    /// - Parameter knownEvents: how many events of this deployment the record has taken in. Those that came to the index
    ///   meanwhile are taken in once more.
    func replace(_ record: NodeRecord, of node: String, storedRevision: Int64, knownEvents: Int) {
        wake { state in
            Self.forgetKeys(of: node, in: &state)
            var next = IndexedRecord(record: record, storedRevision: storedRevision, changedAt: state.revision + 1)
            if let old = state.records[node] {
                if old.record.deployment.id == record.deployment.id {
                    next.pending = old.pending
                    for event in old.pending.suffix(max(0, old.events - knownEvents)) {
                        next.record.deployment.apply(event)
                    }
                } else {
                    state.pendingEvents -= old.pending.count
                }
                next.isDirty = old.isDirty
                if !next.pending.isEmpty { Self.markDirty(&next, node, in: &state) }
            }
            state.revision += 1
            state.records[node] = next
            Self.rememberKeys(of: node, in: &state)
        }
    }

    func remove(_ node: String) {
        wake { state in
            Self.forgetKeys(of: node, in: &state)
            if let old = state.records.removeValue(forKey: node) { state.pendingEvents -= old.pending.count }
            state.heartbeats[node] = nil
            state.revision += 1
            if state.removed.count >= 20_000 { state.removed.removeAll() }
            state.removed[node] = state.revision
        }
    }

    /// Takes events in, and marks the node to be written. Events for a deployment that is not the node's newest are
    /// dropped: their machine was armed anew meanwhile.
    ///
    /// - Parameter agentEvents: the number of the agent's events after these, when they are the agent's.
    /// - Returns: false when they were dropped.
    @discardableResult
    func record(
        _ events: [TraceEvent], of node: String, deployment: String?, agentEvents: Int? = nil
    ) -> Bool {
        wake { state in
            guard var indexed = state.records[node],
                deployment == nil || indexed.record.deployment.id == deployment
            else { return false }
            // A machine in a loop, or a neighbour that plays one, must not fill the disk with a trace.
            let own = max(0, NodeRecord.keptEvents - indexed.events)
            let room = min(own, max(0, pendingLimit - state.pendingEvents))
            if events.count > room { state.droppedEvents += events.count - room }
            for event in events { indexed.record.deployment.apply(event) }
            if let agentEvents { indexed.record.deployment.agentEvents = agentEvents }
            indexed.pending.append(contentsOf: events.prefix(room))
            state.pendingEvents += min(room, events.count)
            state.revision += 1
            indexed.changedAt = state.revision
            Self.markDirty(&indexed, node, in: &state)
            state.records[node] = indexed
            return true
        }
    }

    func beat(_ heartbeat: Heartbeat, of node: String, at time: Timestamp) {
        wake { state in
            let old = state.heartbeats[node]
            state.heartbeats[node] = HeartbeatRecord(heartbeat: heartbeat, receivedAt: time)
            // Only what an operator would see changed wakes those who wait.
            let isNews = old?.heartbeat.image != heartbeat.image || old?.heartbeat.goingDown != heartbeat.goingDown
            guard isNews else { return }
            state.revision += 1
            state.records[node]?.changedAt = state.revision
        }
    }

    // MARK: For the ledger

    /// Up to `limit` nodes that wait to be written. They stay dirty until ``written(_:events:revision:)``.
    func takeDirty(_ limit: Int) -> [(node: String, indexed: IndexedRecord)] {
        state.withLock { state in
            let batch = state.dirty.prefix(limit)
            state.dirty.removeFirst(batch.count)
            return batch.compactMap { node in
                guard var indexed = state.records[node], indexed.isDirty else { return nil }
                indexed.isDirty = false
                state.records[node]?.isDirty = false
                return (node, indexed)
            }
        }
    }

    /// A record and its first `events` pending events are in the store now.
    func written(_ node: String, deployment: String, events: Int, revision: Int64) {
        state.withLock { state in
            guard var indexed = state.records[node], indexed.record.deployment.id == deployment else { return }
            indexed.storedRevision = revision
            indexed.pending.removeFirst(min(events, indexed.pending.count))
            indexed.record.storedEvents += events
            state.pendingEvents -= events
            state.records[node] = indexed
        }
    }

    /// What could not be written waits again.
    func writeAgain(_ node: String) {
        wake { state in
            guard var indexed = state.records[node] else { return }
            Self.markDirty(&indexed, node, in: &state)
            state.records[node] = indexed
        }
    }

    /// Waits until something is to be written. Returns false when the index is closed.
    func waitForDirt() async -> Bool {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.dirty.isEmpty || state.isClosed { return true }
                state.writer = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { !$0.isClosed || !$0.dirty.isEmpty }
    }

    /// Waits until the revision is higher than `revision`, or the task is cancelled.
    func wait(beyond revision: Int64) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.revision > revision || state.isClosed || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Lets all who wait go.
    func close() {
        wake { $0.isClosed = true }
    }

    // MARK: -

    private func wake<Result: Sendable>(after change: (inout State) -> Result) -> Result {
        let (result, waiters, writer) = state.withLock { state in
            let before = state.revision
            let result = change(&state)
            var waiters: [CheckedContinuation<Void, Never>] = []
            if state.revision != before || state.isClosed {
                waiters = Array(state.waiters.values)
                state.waiters.removeAll()
            }
            var writer: CheckedContinuation<Void, Never>?
            if !state.dirty.isEmpty || state.isClosed {
                writer = state.writer
                state.writer = nil
            }
            return (result, waiters, writer)
        }
        for waiter in waiters { waiter.resume() }
        writer?.resume()
        return result
    }

    private static func markDirty(_ indexed: inout IndexedRecord, _ node: String, in state: inout State) {
        guard !indexed.isDirty else { return }
        indexed.isDirty = true
        state.dirty.append(node)
    }

    private static func forgetKeys(of node: String, in state: inout State) {
        guard let deployment = state.records[node]?.record.deployment else { return }
        for key in [deployment.keyDigest, deployment.formerKeyDigest] {
            if let key { state.nodesByKey[key] = nil }
        }
    }

    private static func rememberKeys(of node: String, in state: inout State) {
        guard let deployment = state.records[node]?.record.deployment else { return }
        for key in [deployment.formerKeyDigest, deployment.keyDigest] {
            if let key { state.nodesByKey[key] = node }
        }
    }
}

extension NodeRecord {
    /// The record after a new deployment took the place of this one.
    func succeeded(by next: Deployment) -> NodeRecord {
        NodeRecord(
            deployment: next, earlier: Array(([deployment.id] + earlier).prefix(NodeRecord.keptDeployments)),
            storedEvents: 0)
    }
}
