import DeploymentModel
import Logging
import MusterAPI
import MusterBase
import ServiceLifecycle
import Store

/// Keeps deployments and their traces in the store, and ``DeploymentIndex`` true to it.
///
/// What must not happen twice (arming, granting a key) is a compare-and-set that has ended before anybody is answered;
/// what waits for that at the same time shares one transaction. Events are written behind, many in one transaction: a
/// killed service loses at most the last moments of a trace.
actor DeploymentLedger: Service {
    nonisolated let index: DeploymentIndex
    let store: any Store
    private let logger: Logger
    /// Changes in one transaction.
    private let batchSize = 512
    /// Nodes whose events are in one transaction.
    private static let eventBatchSize = 2048
    /// How long events wait for others: a machine that boots reports many within a second, and each write brings its
    /// whole record to the store.
    private static let gathering = Duration.seconds(1)
    /// The same where a deployment is over: what came of it is known to nobody else.
    private static let gatheringOfEnds = Duration.milliseconds(100)
    /// The most changes that may wait.
    private let waitingLimit = 65_536
    /// How often a change is made anew when others change the same record.
    let attempts = 8

    private var changes = RecordChangeQueue()
    private var changing: Task<Void, Never>?
    private var isWriting = false
    private var turns: [CheckedContinuation<Void, Never>] = []

    init(store: any Store, index: DeploymentIndex, logger: Logger) {
        self.store = store
        self.index = index
        self.logger = logger
    }

    /// Reads all deployments from the store.
    func load() async throws {
        for entry in try await store.all(NodeRecord.prefix).entries {
            let node = String(entry.key.dropFirst(NodeRecord.prefix.count))
            let record = try MusterJSON.decode(NodeRecord.self, from: entry.value, of: "deployment of \(node)")
            index.replace(
                record, of: node, storedRevision: entry.modRevision, knownEvents: record.storedEvents)
        }
        for entry in try await store.all(NodeRecord.leftPrefix).entries {
            let node = String(entry.key.dropFirst(NodeRecord.leftPrefix.count))
            index.setLeft(String(decoding: entry.value, as: UTF8.self), of: node)
        }
    }

    /// Writes events behind until the service stops. Then ``finish()`` is to be called.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                var wholeTurn = ContinuousClock.now
                while await index.waitForDirt() {
                    let isWhole = wholeTurn <= .now
                    if isWhole { wholeTurn = .now + Self.gathering }
                    let isWritten = await writePending(onlyEnded: !isWhole)
                    // The store is full or broken: without a longer pause this would spin.
                    try? await Task.sleep(for: isWritten ? Self.gatheringOfEnds : .seconds(1))
                }
            } onCancel: {
                index.close()
            }
        } onGracefulShutdown: {
            self.index.close()
        }
    }

    /// Writes what still waits, when nothing more comes.
    func finish() async {
        await changing?.value
        // A store that is full must not keep the service from ending.
        var lastAttempts = 5
        while index.hasDirt, lastAttempts > 0 {
            guard await !writePending(onlyEnded: false) else { continue }
            lastAttempts -= 1
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// How many changes wait for a transaction.
    var waitingChanges: Int { changes.waiting.count }

    // MARK: Changes that count once

    /// Changes the record of one node by compare-and-set, in one transaction with what else waits. `make` may be called
    /// more than once.
    ///
    /// - Returns: what `make` returned in the attempt that was stored. When that is what the node has, nothing is stored.
    func update(
        _ node: String, _ make: @escaping @Sendable (NodeRecord?) throws -> NodeRecord
    ) async throws -> NodeRecord {
        guard let result = await updateEach([RecordChange(node: node, make: make)]).first else {
            throw MusterError(.internalFailure, "the change of \(node) came to nothing")
        }
        return try result.get()
    }

    /// Changes many nodes' records, each for itself, in few transactions. Changes of the same node are done in order.
    ///
    /// - Returns: what became of each.
    func updateEach(_ new: [RecordChange]) async -> [Result<NodeRecord, any Error>] {
        guard !new.isEmpty else { return [] }
        guard changes.waiting.count + new.count <= waitingLimit else {
            let error = MusterError(.unavailable, "\(changes.waiting.count) changes of deployments wait already")
            return new.map { _ in .failure(error) }
        }
        return await withCheckedContinuation { continuation in
            changes.append(new, for: RecordChangeQueue.Request(new.count, continuation))
            if changing == nil { changing = Task { await self.makeChanges() } }
        }
    }

    private func makeChanges() async {
        while !changes.waiting.isEmpty {
            await beginWriting()
            await commit(changes.take(batchSize))
            endWriting()
        }
        changing = nil
    }

    /// Changes the records of many nodes in one transaction: all of them or none.
    func update(_ nodes: [String], _ change: (String, NodeRecord?) throws -> NodeRecord) async throws {
        await beginWriting()
        defer { endWriting() }
        for _ in 0..<attempts {
            var transaction = Transaction()
            var changed: [(node: String, record: NodeRecord, knownEvents: Int)] = []
            for node in nodes {
                let known = index.indexed(node)
                let next = try change(node, known?.record)
                transaction.conditions.append(condition(node, known))
                transaction.changes.append(.put(NodeRecord.key(node), try MusterJSON.encode(next)))
                transaction.changes += try removals(node, from: known?.record, to: next)
                changed.append((node, next, known?.events ?? 0))
            }
            switch try await store.transact(transaction) {
            case .committed(let revision):
                for (node, record, knownEvents) in changed {
                    index.replace(record, of: node, storedRevision: revision, knownEvents: knownEvents)
                }
                return
            case .conflict(let position):
                try await reload(nodes[position])
            }
        }
        throw MusterError(.conflict, "the deployments are being changed by others all the time")
    }

    /// Removes all that is kept of some nodes' deployments.
    func remove(_ nodes: [String]) async throws {
        await beginWriting()
        defer { endWriting() }
        for _ in 0..<attempts {
            let known = nodes.compactMap { node in index.indexed(node).map { (node: node, record: $0) } }
            guard !known.isEmpty else { return }
            let transaction = Transaction(
                conditions: known.map { condition($0.node, $0.record) },
                changes: known.flatMap { node, indexed in
                    // The machine is not switched off by it, and may go on reading its root.
                    let left = indexed.record.leftImage.map {
                        Change.put(NodeRecord.leftKey(node), Array($0.utf8))
                    }
                    return [
                        .delete(NodeRecord.key(node)), .deletePrefix("traces/\(node)/"),
                        .deletePrefix("earlier/\(node)/"),
                    ] + [left].compactMap(\.self)
                })
            switch try await store.transact(transaction) {
            case .committed:
                for (node, _) in known { index.remove(node) }
                return
            case .conflict(let position): try await reload(known[position].node)
            }
        }
        throw MusterError(.conflict, "the deployments are being changed by others all the time")
    }

    // MARK: Traces

    /// The events of one deployment, stored and pending ones, in order.
    func trace(of node: String, deployment: String) async throws -> [TraceEvent] {
        await writePending(of: node)
        let page = try await store.all(NodeRecord.tracePrefix(node, deployment))
        return try page.entries.flatMap { entry in
            try MusterJSON.decode([TraceEvent].self, from: entry.value, of: "trace of \(node)")
        }
    }

    /// An earlier deployment of a node.
    func earlier(_ deployment: String, of node: String) async throws -> EarlierDeployment? {
        guard let entry = try await store.get(NodeRecord.earlierKey(node, deployment)) else { return nil }
        return try MusterJSON.decode(from: entry.value, of: "deployment \(deployment) of \(node)")
    }

    /// - Parameter onlyEnded: leaves the events of deployments alone that are not over.
    /// - Returns: false when the store failed; the events wait again then.
    private func writePending(onlyEnded: Bool) async -> Bool {
        await beginWriting()
        defer { endWriting() }
        repeat {
            let batch = onlyEnded ? index.takeEnded(Self.eventBatchSize) : index.takeDirty(Self.eventBatchSize)
            guard await write(batch) else { return false }
            guard batch.count == Self.eventBatchSize else { return true }
        } while true
    }

    private func writePending(of node: String) async {
        await beginWriting()
        defer { endWriting() }
        if let indexed = index.takeDirty(of: node) { _ = await write([(node, indexed)]) }
    }

    private func write(_ batch: [(node: String, indexed: IndexedRecord)]) async -> Bool {
        var open = batch
        do {
            while !open.isEmpty {
                var transaction = Transaction()
                for (node, indexed) in open { try add(node, indexed, to: &transaction) }
                switch try await store.transact(transaction) {
                case .committed(let revision):
                    for (node, indexed) in open {
                        index.written(
                            node, deployment: indexed.record.deployment.id, events: indexed.pending.count,
                            revision: revision)
                    }
                    return true
                case .conflict(let position):
                    // Another member changed this record: the others need not wait for it.
                    let node = open.remove(at: position).node
                    index.writeAgain(node)
                    try await reload(node)
                }
            }
            return true
        } catch {
            logger.error("events could not be stored; they are tried again", metadata: ["error": "\(error)"])
            for (node, _) in open { index.writeAgain(node) }
            return false
        }
    }

    private func add(_ node: String, _ indexed: IndexedRecord, to transaction: inout Transaction) throws {
        var record = indexed.record
        // In parts, for the length of a value has a limit.
        for start in stride(from: 0, to: indexed.pending.count, by: NodeRecord.eventsInValue) {
            let part = Array(indexed.pending.dropFirst(start).prefix(NodeRecord.eventsInValue))
            let key = NodeRecord.traceKey(node, record.deployment.id, record.storedEvents + start)
            transaction.changes.append(.put(key, try MusterJSON.encode(part)))
        }
        record.storedEvents += indexed.pending.count
        transaction.conditions.append(condition(node, indexed))
        transaction.changes.append(.put(NodeRecord.key(node), try MusterJSON.encode(record)))
    }

    // MARK: For all that write

    func condition(_ node: String, _ known: IndexedRecord?) -> Condition {
        guard let revision = known?.storedRevision else { return .absent(NodeRecord.key(node)) }
        return .modRevision(NodeRecord.key(node), revision)
    }

    /// When a new deployment takes the place of another: keeps the other, and removes the ones that are too old.
    func removals(_ node: String, from old: NodeRecord?, to new: NodeRecord) throws -> [Change] {
        guard let old else { return [.delete(NodeRecord.leftKey(node))] }
        guard old.deployment.id != new.deployment.id else { return [] }
        var changes: [Change] = [
            .put(NodeRecord.earlierKey(node, old.deployment.id), try MusterJSON.encode(EarlierDeployment(old)))
        ]
        for gone in old.earlier where !new.earlier.contains(gone) {
            changes.append(.delete(NodeRecord.earlierKey(node, gone)))
            changes.append(.deletePrefix(NodeRecord.tracePrefix(node, gone)))
        }
        return changes
    }

    func reload(_ node: String) async throws {
        guard let entry = try await store.get(NodeRecord.key(node)) else {
            index.remove(node)
            return
        }
        let record = try MusterJSON.decode(NodeRecord.self, from: entry.value, of: "deployment of \(node)")
        index.replace(record, of: node, storedRevision: entry.modRevision, knownEvents: record.storedEvents)
    }

    /// One transaction of records at a time: of two at once, one would be written in vain. Others wait in the order of
    /// their coming.
    private func beginWriting() async {
        if !isWriting {
            isWriting = true
            return
        }
        await withCheckedContinuation { turns.append($0) }
    }

    private func endWriting() {
        if turns.isEmpty {
            isWriting = false
        } else {
            turns.removeFirst().resume()
        }
    }
}
