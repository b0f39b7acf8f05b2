import DeploymentModel
import MusterAPI
import MusterBase
import Synchronization

/// All nodes' newest deployments in memory: what the boot services and the APIs ask at each request, in constant time
/// and from any thread. ``DeploymentLedger`` brings changes to the store.
final class DeploymentIndex: Sendable {
    private typealias State = DeploymentIndexState

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
        state.withLock { $0.nodesByState.mapValues(\.count).filter { $0.value > 0 } }
    }

    /// The nodes whose newest deployment stands in a state, in no order.
    func nodes(in wanted: DeploymentState) -> [String] {
        Array(state.withLock { $0.nodesByState[wanted] ?? [] })
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

    /// What each node's machine may be running, or be about to.
    func uses() -> [ImageUse] { state.withLock { $0.uses() } }

    /// What a machine may still run whose deployments were removed.
    func left(of node: String) -> String? { state.withLock { $0.left[node] } }

    /// Puts what the store has of it.
    func setLeft(_ image: String, of node: String) {
        state.withLock { state in
            if state.records[node] == nil { state.left[node] = image }
        }
    }

    // MARK: Changing

    /// Puts a record as the store has it now.
    ///
    /// - Parameter knownEvents: how many events of this deployment the record has taken in. Those that came to the index
    ///   meanwhile are taken in once more.
    func replace(_ record: NodeRecord, of node: String, storedRevision: Int64, knownEvents: Int) {
        wake { state in
            state.forgetKeys(of: node)
            var next = IndexedRecord(record: record, storedRevision: storedRevision)
            if let old = state.records[node] {
                if old.record.deployment.id == record.deployment.id {
                    next.pending = old.pending
                    next.unkept = old.unkept
                    next.record.countRefusals(of: old.record)
                    for event in old.pending.suffix(max(0, old.events - knownEvents)) {
                        next.record.deployment.apply(event)
                    }
                } else {
                    state.pendingEvents -= old.pending.count
                }
                next.isDirty = old.isDirty
                if !next.pending.isEmpty { state.markDirty(&next, node) }
            }
            state.put(next, of: node)
            state.left[node] = nil
            state.noteChange(of: node)
            state.rememberKeys(of: node)
        }
    }

    func remove(_ node: String) {
        wake { state in
            state.forgetKeys(of: node)
            if let old = state.removeRecord(of: node) {
                state.pendingEvents -= old.pending.count
                if let image = old.record.leftImage { state.left[node] = image }
            }
            state.heartbeats[node] = nil
            if state.changes.count >= state.records.count + 20_000 {
                let records = state.records
                state.changes.keep { records[$0] != nil }
            }
            state.noteChange(of: node)
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
            if let agentEvents { indexed.record.deployment.agentEvents = agentEvents }
            state.take(events, &indexed, of: node, pendingLimit: pendingLimit)
            return true
        }
    }

    /// Takes in that something was refused. Equal refusals are one event, which counts them; of different ones each step
    /// has few, so that a stranger who tries can neither fill the trace nor hide what else is refused.
    ///
    /// - Parameters:
    ///   - key: what is the same in refusals that count as equal; nil for the whole message.
    ///   - isSignOfLife: the machine's state is to show the newest of equal ones, too, and when it came.
    func record(
        refusal event: TraceEvent, key: String? = nil, isSignOfLife: Bool = false, of node: String, deployment: String?
    ) {
        wake { state in
            guard var indexed = state.records[node],
                deployment == nil || indexed.record.deployment.id == deployment
            else { return }
            var event = event
            event.message = plain(event.message, limit: 300)
            guard let count = indexed.record.count(event, key: key ?? event.message) else {
                if let first = indexed.record.refusals?.last { event.message = first.message }
                state.take([event], &indexed, of: node, pendingLimit: pendingLimit)
                return
            }
            // Ever more seldom, for the store's sake.
            let isWritten = count & (count - 1) == 0
            if isSignOfLife { indexed.record.deployment.apply(event) }
            if isSignOfLife || isWritten { state.noteChange(of: node) }
            if isWritten { state.markDirty(&indexed, node) }
            state.put(indexed, of: node)
        }
    }

    func beat(_ heartbeat: Heartbeat, of node: String, at time: Timestamp) {
        wake { state in
            let old = state.heartbeats[node]
            state.heartbeats[node] = HeartbeatRecord(heartbeat: heartbeat, receivedAt: time)
            // Only what an operator would see changed wakes those who wait.
            let isNews =
                old?.heartbeat.image != heartbeat.image || old?.heartbeat.goingDown != heartbeat.goingDown
                || old?.heartbeat.isTethered != heartbeat.isTethered
            guard isNews, state.records[node] != nil else { return }
            state.noteChange(of: node)
        }
    }

    // MARK: For the ledger

    /// Up to `limit` nodes that wait to be written. They stay dirty until ``written(_:events:revision:)``.
    func takeDirty(_ limit: Int) -> [(node: String, indexed: IndexedRecord)] {
        state.withLock { state in
            let batch = Array(state.dirty.prefix(limit))
            state.dirty.removeFirst(batch.count)
            // All of them were among these.
            if state.dirty.isEmpty { state.ended.removeAll() }
            return state.clean(batch)
        }
    }

    /// The same for those whose deployment is over.
    func takeEnded(_ limit: Int) -> [(node: String, indexed: IndexedRecord)] {
        state.withLock { state in
            let batch = Array(state.ended.prefix(limit))
            state.ended.removeFirst(batch.count)
            return state.clean(batch)
        }
    }

    /// A node's record if it waits to be written, like ``takeDirty(_:)``.
    func takeDirty(of node: String) -> IndexedRecord? {
        state.withLock { state in
            guard let indexed = state.records[node], indexed.isDirty else { return nil }
            state.setDirty(false, node)
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
            state.put(indexed, of: node)
        }
    }

    /// What could not be written waits again.
    func writeAgain(_ node: String) {
        wake { state in
            guard var indexed = state.records[node] else { return }
            state.markDirty(&indexed, node)
            state.put(indexed, of: node)
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
                    if isOver || state.hasChange(of: watched, after: revision) { return true }
                    state.waiters[id] = State.Waiter(watched: watched, continuation: continuation)
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
            let waiters = state.takeWaiters(changedAfter: before)
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

}

extension NodeRecord {
    /// The record after a new deployment took the place of this one.
    func succeeded(by next: Deployment) -> NodeRecord {
        NodeRecord(
            deployment: next, earlier: Array(([deployment.id] + earlier).prefix(NodeRecord.keptDeployments)),
            storedEvents: 0, formerImage: leftImage)
    }
}
