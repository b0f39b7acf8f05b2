import DeploymentModel
import Logging
import MusterAPI
import MusterBase
import ServiceLifecycle
import Store

/// Keeps deployments and their traces in the store, and ``DeploymentIndex`` true to it.
///
/// What must not happen twice (arming, granting a key) is a compare-and-set that has ended before anybody is answered.
/// Events are written behind, many in one transaction: a killed service loses at most the last moments of a trace.
actor DeploymentLedger: Service {
    nonisolated let index: DeploymentIndex
    private let store: any Store
    private let logger: Logger
    /// Nodes in one transaction of events.
    private let batchSize = 256
    private let attempts = 8

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
    }

    /// Writes events behind until the service stops; what is pending then is written before it returns.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                var lastAttempts = 5
                while await index.waitForDirt() {
                    await writePending()
                    // A store that is full must not keep the service from ending.
                    if index.isClosed { lastAttempts -= 1 }
                    guard lastAttempts > 0 else { break }
                }
            } onCancel: {
                index.close()
            }
        } onGracefulShutdown: {
            self.index.close()
        }
    }

    // MARK: Changes that count once

    /// Changes the record of one node by compare-and-set. `change` may be called more than once.
    ///
    /// - Returns: what `change` returned in the attempt that was stored.
    func update(_ node: String, _ change: (NodeRecord?) throws -> NodeRecord) async throws -> NodeRecord {
        for _ in 0..<attempts {
            let known = index.indexed(node)
            let next = try change(known?.record)
            var transaction = Transaction(
                conditions: [condition(node, known)],
                changes: [.put(NodeRecord.key(node), try MusterJSON.encode(next))])
            transaction.changes += try removals(node, from: known?.record, to: next)
            switch try await store.transact(transaction) {
            case .committed(let revision):
                index.replace(next, of: node, storedRevision: revision, knownEvents: known?.events ?? 0)
                return next
            case .conflict:
                try await reload(node)
            }
        }
        throw MusterError(.conflict, "the deployment of \(node) is being changed by others all the time")
    }

    /// Changes the records of many nodes in one transaction: all of them or none.
    func update(_ nodes: [String], _ change: (String, NodeRecord?) throws -> NodeRecord) async throws {
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
        for _ in 0..<attempts {
            let known = nodes.compactMap { node in index.indexed(node).map { (node: node, record: $0) } }
            guard !known.isEmpty else { return }
            let transaction = Transaction(
                conditions: known.map { condition($0.node, $0.record) },
                changes: known.flatMap { node, _ in
                    [
                        .delete(NodeRecord.key(node)), .deletePrefix("traces/\(node)/"),
                        .deletePrefix("earlier/\(node)/"),
                    ]
                })
            switch try await store.transact(transaction) {
            case .committed:
                // One that was armed anew meanwhile is another record, and stays.
                for (node, record) in known where index.indexed(node)?.storedRevision == record.storedRevision {
                    index.remove(node)
                }
                return
            case .conflict(let position): try await reload(known[position].node)
            }
        }
        throw MusterError(.conflict, "the deployments are being changed by others all the time")
    }

    // MARK: Traces

    /// The events of one deployment, stored and pending ones, in order.
    func trace(of node: String, deployment: String) async throws -> [TraceEvent] {
        await writePending()
        let page = try await store.all(NodeRecord.tracePrefix(node, deployment))
        return try page.entries.flatMap { entry in
            try MusterJSON.decode([TraceEvent].self, from: entry.value, of: "trace of \(node)")
        }
    }

    /// An earlier deployment of a node.
    func earlier(_ deployment: String, of node: String) async throws -> Deployment? {
        guard let entry = try await store.get(NodeRecord.earlierKey(node, deployment)) else { return nil }
        return try MusterJSON.decode(Deployment.self, from: entry.value, of: "deployment \(deployment) of \(node)")
    }

    // MARK: -

    private func condition(_ node: String, _ known: IndexedRecord?) -> Condition {
        guard let revision = known?.storedRevision else { return .absent(NodeRecord.key(node)) }
        return .modRevision(NodeRecord.key(node), revision)
    }

    /// When a new deployment takes the place of another: keeps the other, and removes the ones that are too old.
    private func removals(_ node: String, from old: NodeRecord?, to new: NodeRecord) throws -> [Change] {
        guard let old, old.deployment.id != new.deployment.id else { return [] }
        var changes: [Change] = [
            .put(NodeRecord.earlierKey(node, old.deployment.id), try MusterJSON.encode(old.deployment))
        ]
        for gone in old.earlier where !new.earlier.contains(gone) {
            changes.append(.delete(NodeRecord.earlierKey(node, gone)))
            changes.append(.deletePrefix(NodeRecord.tracePrefix(node, gone)))
        }
        return changes
    }

    private func reload(_ node: String) async throws {
        guard let entry = try await store.get(NodeRecord.key(node)) else {
            index.remove(node)
            return
        }
        let record = try MusterJSON.decode(NodeRecord.self, from: entry.value, of: "deployment of \(node)")
        index.replace(record, of: node, storedRevision: entry.modRevision, knownEvents: record.storedEvents)
    }

    private func writePending() async {
        let batch = index.takeDirty(batchSize)
        guard !batch.isEmpty else { return }
        do {
            var transaction = Transaction()
            for (node, indexed) in batch { try add(node, indexed, to: &transaction) }
            switch try await store.transact(transaction) {
            case .committed(let revision):
                for (node, indexed) in batch {
                    index.written(
                        node, deployment: indexed.record.deployment.id, events: indexed.pending.count,
                        revision: revision)
                }
            case .conflict:
                for (node, _) in batch {
                    try await reload(node)
                    index.writeAgain(node)
                }
            }
        } catch {
            logger.error("events could not be stored; they are tried again", metadata: ["error": "\(error)"])
            for (node, _) in batch { index.writeAgain(node) }
            // The store is full or broken: without a pause this would spin.
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func add(_ node: String, _ indexed: IndexedRecord, to transaction: inout Transaction) throws {
        var record = indexed.record
        if !indexed.pending.isEmpty {
            let key = NodeRecord.traceKey(node, record.deployment.id, record.storedEvents)
            transaction.changes.append(.put(key, try MusterJSON.encode(indexed.pending)))
        }
        record.storedEvents += indexed.pending.count
        transaction.conditions.append(condition(node, indexed))
        transaction.changes.append(.put(NodeRecord.key(node), try MusterJSON.encode(record)))
    }
}
