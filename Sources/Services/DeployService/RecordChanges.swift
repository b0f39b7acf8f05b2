import DeploymentModel
import MusterAPI
import MusterBase
import Store

/// A change of one node's record.
struct RecordChange: Sendable {
    var node: String
    /// The next record, of the one that the node has. May be called more than once; what it throws is told to whoever
    /// asked for the change.
    var make: @Sendable (NodeRecord?) throws -> NodeRecord

    init(node: String, make: @escaping @Sendable (NodeRecord?) throws -> NodeRecord) {
        self.node = node
        self.make = make
    }
}

/// Gathers changes of single records that wait at the same time into one transaction. Each stands for itself: one that
/// fails costs the others nothing, and one that changes nothing is not written.
struct RecordChangeQueue {
    /// Whoever waits for the outcome of some changes; told when the last of them is decided.
    final class Request {
        private var results: [Result<NodeRecord, any Error>?]
        private var open: Int
        private let answer: CheckedContinuation<[Result<NodeRecord, any Error>], Never>

        init(_ count: Int, _ answer: CheckedContinuation<[Result<NodeRecord, any Error>], Never>) {
            results = Array(repeating: nil, count: count)
            open = count
            self.answer = answer
        }

        func decide(_ position: Int, _ result: Result<NodeRecord, any Error>) {
            guard results[position] == nil else { return }
            results[position] = result
            open -= 1
            if open == 0 { answer.resume(returning: results.compactMap(\.self)) }
        }
    }

    struct Waiting {
        let change: RecordChange
        let request: Request
        let position: Int

        func decide(_ result: Result<NodeRecord, any Error>) { request.decide(position, result) }
    }

    private(set) var waiting: [Waiting] = []

    mutating func append(_ changes: [RecordChange], for request: Request) {
        for (position, change) in changes.enumerated() {
            waiting.append(Waiting(change: change, request: request, position: position))
        }
    }

    /// The oldest that wait, at most one of each node: the next of the same node sees what became of this one.
    mutating func take(_ limit: Int) -> [Waiting] {
        var nodes = Set<String>(minimumCapacity: min(limit, waiting.count))
        var batch: [Waiting] = []
        var rest: [Waiting] = []
        for next in waiting {
            if batch.count < limit, nodes.insert(next.change.node).inserted {
                batch.append(next)
            } else {
                rest.append(next)
            }
        }
        waiting = rest
        return batch
    }
}

extension DeploymentLedger {
    /// A change whose next record is made, and not yet stored.
    private struct Prepared {
        let waiting: RecordChangeQueue.Waiting
        let known: IndexedRecord?
        let next: NodeRecord
        let attempt: Int

        var node: String { waiting.change.node }
    }

    /// Does the oldest changes that wait, in one transaction.
    func commit(_ batch: [RecordChangeQueue.Waiting]) async {
        var open = batch.compactMap { prepare($0) }
        while !open.isEmpty {
            do {
                switch try await store.transact(transaction(open)) {
                case .committed(let revision):
                    for item in open { take(item, at: revision) }
                    return
                case .conflict(let position):
                    // Another member changed this record. The others are tried again without it, or with its new state.
                    let item = open.remove(at: position)
                    if let again = await reprepare(item) { open.insert(again, at: position) }
                }
            } catch {
                guard open.count > 1 else {
                    for item in open { item.waiting.decide(.failure(error)) }
                    return
                }
                // One that cannot be stored must not take the others with it.
                for item in open { await commit([item.waiting]) }
                return
            }
        }
    }

    /// Nil when the change is decided already: it was refused, or there is nothing to change.
    private func prepare(_ waiting: RecordChangeQueue.Waiting, attempt: Int = 1) -> Prepared? {
        let node = waiting.change.node
        let known = index.indexed(node)
        do {
            let next = try waiting.change.make(known?.record)
            if next == known?.record {
                waiting.decide(.success(next))
                return nil
            }
            guard attempt <= attempts else {
                throw MusterError(.conflict, "the deployment of \(node) is being changed by others all the time")
            }
            return Prepared(waiting: waiting, known: known, next: next, attempt: attempt)
        } catch {
            waiting.decide(.failure(error))
            return nil
        }
    }

    private func reprepare(_ item: Prepared) async -> Prepared? {
        do {
            try await reload(item.node)
            return prepare(item.waiting, attempt: item.attempt + 1)
        } catch {
            item.waiting.decide(.failure(error))
            return nil
        }
    }

    /// One condition for each of them, in their order.
    private func transaction(_ items: [Prepared]) throws -> Transaction {
        var transaction = Transaction()
        for item in items {
            transaction.conditions.append(condition(item.node, item.known))
            transaction.changes.append(.put(NodeRecord.key(item.node), try MusterJSON.encode(item.next)))
            transaction.changes += try removals(item.node, from: item.known?.record, to: item.next)
        }
        return transaction
    }

    private func take(_ item: Prepared, at revision: StoreRevision) {
        index.replace(
            item.next, of: item.node, storedRevision: revision, knownEvents: item.known?.events ?? 0)
        item.waiting.decide(.success(item.next))
    }
}
