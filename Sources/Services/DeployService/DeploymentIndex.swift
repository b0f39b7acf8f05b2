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
        /// For long polls. Holds nodes that lost their deployments, too, until they are too many.
        var changes = ChangeLog()
        var revision: Int64
        var nextWaiter = 0
        var waiters: [Int: Waiter] = [:]
        /// Changes and names that were looked at for long polls.
        var lookedAt = 0
        var writer: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    /// Who waits for a change of some nodes.
    struct Waiter {
        let watched: WatchedNodes
        let continuation: CheckedContinuation<Void, Never>
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

    /// Those of some nodes that changed after a revision, in their order, and the revision now. The cost is that of what
    /// changed, or of the nodes when they are fewer.
    func changed(among watched: WatchedNodes, after revision: Int64) -> (nodes: [String], revision: Int64) {
        let (changed, now) = state.withLock { state in
            let later = state.changes.after(revision)
            state.lookedAt += min(later.count, watched.names.count)
            guard later.count > watched.names.count else {
                return (later.filter(state.changes.isLast).map(\.node), state.revision)
            }
            return (watched.names.filter { (state.changes.lastChange(of: $0) ?? 0) > revision }, state.revision)
        }
        return (watched.sorted(changed), now)
    }

    /// Changes and names that were looked at so far for those who follow changes.
    var lookedAt: Int { state.withLock { $0.lookedAt } }

    // MARK: Changing

    /// Puts a record as the store has it now.
    ///
    /// - Parameter knownEvents: how many events of this deployment the record has taken in. Those that came to the index
    ///   meanwhile are taken in once more.
    func replace(_ record: NodeRecord, of node: String, storedRevision: Int64, knownEvents: Int) {
        wake { state in
            Self.forgetKeys(of: node, in: &state)
            var next = IndexedRecord(record: record, storedRevision: storedRevision)
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
            state.records[node] = next
            Self.noteChange(of: node, in: &state)
            Self.rememberKeys(of: node, in: &state)
        }
    }

    func remove(_ node: String) {
        wake { state in
            Self.forgetKeys(of: node, in: &state)
            if let old = state.records.removeValue(forKey: node) { state.pendingEvents -= old.pending.count }
            state.heartbeats[node] = nil
            if state.changes.count >= state.records.count + 20_000 {
                let records = state.records
                state.changes.keep { records[$0] != nil }
            }
            Self.noteChange(of: node, in: &state)
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
            Self.noteChange(of: node, in: &state)
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
            guard isNews, state.records[node] != nil else { return }
            Self.noteChange(of: node, in: &state)
        }
    }

    // MARK: For the ledger

    /// Up to `limit` nodes that wait to be written. They stay dirty until ``written(_:events:revision:)``.
    func takeDirty(_ limit: Int) -> [(node: String, indexed: IndexedRecord)] {
        state.withLock { state in
            let batch = Array(state.dirty.prefix(limit))
            state.dirty.removeFirst(batch.count)
            return batch.compactMap { node in
                guard var indexed = state.records[node], indexed.isDirty else { return nil }
                indexed.isDirty = false
                state.records[node]?.isDirty = false
                return (node, indexed)
            }
        }
    }

    /// A node's record if it waits to be written, like ``takeDirty(_:)``.
    func takeDirty(of node: String) -> IndexedRecord? {
        state.withLock { state in
            guard let indexed = state.records[node], indexed.isDirty else { return nil }
            state.records[node]?.isDirty = false
            return indexed
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

    /// Whether something is to be written.
    var hasDirt: Bool { state.withLock { !$0.dirty.isEmpty } }

    /// How many wait for a change.
    var waiterCount: Int { state.withLock { $0.waiters.count } }

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
        return !isClosed
    }

    /// Waits until one of some nodes changes after a revision, the index is closed, or the task is cancelled.
    func wait(for watched: WatchedNodes, after revision: Int64) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    let isOver = state.isClosed || Task.isCancelled
                    if isOver || Self.hasChange(of: watched, after: revision, in: &state) { return true }
                    state.waiters[id] = Waiter(watched: watched, continuation: continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
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
            let waiters = Self.takeWaiters(changedAfter: before, in: &state)
            var writer: CheckedContinuation<Void, Never>?
            if !state.dirty.isEmpty || state.isClosed {
                writer = state.writer
                state.writer = nil
            }
            return (result, waiters, writer)
        }
        for waiter in waiters { waiter.continuation.resume() }
        writer?.resume()
        return result
    }

    /// Those who wait for a change that came just now, or all when the index is closed.
    private static func takeWaiters(changedAfter revision: Int64, in state: inout State) -> [Waiter] {
        if state.isClosed {
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        guard state.revision != revision, !state.waiters.isEmpty else { return [] }
        let waiters = state.waiters
        let ready = waiters.filter { Self.hasChange(of: $0.value.watched, after: revision, in: &state) }
        for id in ready.keys { state.waiters[id] = nil }
        return Array(ready.values)
    }

    private static func hasChange(of watched: WatchedNodes, after revision: Int64, in state: inout State) -> Bool {
        let later = state.changes.after(revision)
        state.lookedAt += min(later.count, watched.names.count)
        guard later.count > watched.names.count else { return later.contains { watched.contains($0.node) } }
        return watched.names.contains { (state.changes.lastChange(of: $0) ?? 0) > revision }
    }

    private static func noteChange(of node: String, in state: inout State) {
        state.revision += 1
        state.changes.note(node, at: state.revision)
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
