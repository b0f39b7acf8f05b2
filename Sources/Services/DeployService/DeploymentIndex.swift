import DeploymentModel
import MusterAPI
import MusterBase
import Synchronization

/// All nodes' newest deployments in memory: what the boot services and the APIs ask at each request, in constant time
/// and from any thread. ``DeploymentLedger`` brings changes to the store.
final class DeploymentIndex: Sendable {
    struct State {
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

    /// What each node's machine may be running, or be about to: one by the name of the node whose record says so.
    func uses() -> [ImageUse] {
        state.withLock { state in
            var uses = state.left.map { ImageUse(image: $0.value, node: $0.key, reason: .removed) }
            for (node, indexed) in state.records {
                let record = indexed.record
                if let image = record.deployment.image {
                    uses.append(ImageUse(image: image, node: node, reason: .deployment))
                }
                if let image = record.formerImage { uses.append(ImageUse(image: image, node: node, reason: .former)) }
            }
            for (node, beat) in state.heartbeats {
                guard let image = beat.heartbeat.image else { continue }
                uses.append(ImageUse(image: image.description, node: node, reason: .running))
            }
            return uses
        }
    }

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
            Self.forgetKeys(of: node, in: &state)
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
                if !next.pending.isEmpty { Self.markDirty(&next, node, in: &state) }
            }
            state.put(next, of: node)
            state.left[node] = nil
            Self.noteChange(of: node, in: &state)
            Self.rememberKeys(of: node, in: &state)
        }
    }

    func remove(_ node: String) {
        wake { state in
            Self.forgetKeys(of: node, in: &state)
            if let old = state.removeRecord(of: node) {
                state.pendingEvents -= old.pending.count
                if let image = old.record.leftImage { state.left[node] = image }
            }
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
            if let agentEvents { indexed.record.deployment.agentEvents = agentEvents }
            take(events, &indexed, node, in: &state)
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
                take([event], &indexed, node, in: &state)
                return
            }
            // Ever more seldom, for the store's sake.
            let isWritten = count & (count - 1) == 0
            if isSignOfLife { indexed.record.deployment.apply(event) }
            if isSignOfLife || isWritten { Self.noteChange(of: node, in: &state) }
            if isWritten { Self.markDirty(&indexed, node, in: &state) }
            state.put(indexed, of: node)
        }
    }

    /// Applies events to a deployment, and keeps them for the store as far as there is room. A machine in a loop, or a
    /// neighbour that plays one, must not fill the disk with a trace; where events are missing, it says so once.
    private func take(_ events: [TraceEvent], _ indexed: inout IndexedRecord, _ node: String, in state: inout State) {
        for event in events { indexed.record.deployment.apply(event) }
        Self.noteChange(of: node, in: &state)
        Self.markDirty(&indexed, node, in: &state)
        if indexed.record.deployment.state.isOver { state.ended.append(node) }
        defer { state.put(indexed, of: node) }
        let room = max(0, pendingLimit - state.pendingEvents)
        let own = NodeRecord.keptEvents - indexed.events
        guard let time = events.first?.time, room > 0, own > 0 else {
            state.droppedEvents += events.count
            if own > 0 { indexed.unkept += events.count }
            return
        }
        var kept = Array(events.prefix(room))
        state.droppedEvents += events.count - kept.count
        if indexed.unkept > 0 {
            let message = "\(indexed.unkept) events before this one are missing: too many came at once"
            kept.insert(.missing(message, time), at: 0)
        }
        indexed.unkept = events.count - min(events.count, room)
        if kept.count >= own {
            state.droppedEvents += kept.count - own + 1
            kept = Array(kept.prefix(own - 1))
            kept.append(.missing("later events are missing: one trace has no more than \(NodeRecord.keptEvents)", time))
        }
        indexed.pending.append(contentsOf: kept)
        state.pendingEvents += kept.count
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
            Self.noteChange(of: node, in: &state)
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
            return Self.clean(batch, in: &state)
        }
    }

    /// The same for those whose deployment is over.
    func takeEnded(_ limit: Int) -> [(node: String, indexed: IndexedRecord)] {
        state.withLock { state in
            let batch = Array(state.ended.prefix(limit))
            state.ended.removeFirst(batch.count)
            return Self.clean(batch, in: &state)
        }
    }

    private static func clean(_ nodes: [String], in state: inout State) -> [(node: String, indexed: IndexedRecord)] {
        nodes.compactMap { node in
            guard var indexed = state.records[node], indexed.isDirty else { return nil }
            indexed.isDirty = false
            state.setDirty(false, node)
            return (node, indexed)
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
            Self.markDirty(&indexed, node, in: &state)
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

extension TraceEvent {
    /// Says in a trace that something is not in it.
    fileprivate static func missing(_ message: String, _ time: Timestamp) -> TraceEvent {
        TraceEvent(time: time, source: .server, step: Step.trace, status: .retrying, message: message)
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
