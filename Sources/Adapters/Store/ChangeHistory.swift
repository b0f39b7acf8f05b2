import MusterBase
import Synchronization

/// The last changes of a store, in memory and bounded, and those who wait for the next.
package final class ChangeHistory: Sendable {
    /// What the history knows behind a revision.
    package enum Answer: Sendable {
        /// The next batch under the prefix.
        case batch(StoreChangeBatch)
        /// Nothing yet; all up to that revision is known to hold nothing under the prefix.
        case nothing(upTo: StoreRevision)
        /// The history begins later.
        case compacted
        case closed
    }

    private struct State {
        var batches: [StoreChangeBatch] = []
        /// Index of the oldest batch that still counts; the array is cut now and then, not at each commit.
        var first = 0
        var cost = 0
        /// Batches up to this one are gone.
        var compacted: StoreRevision
        var last: StoreRevision
        var isClosed = false
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state: Mutex<State>
    private let limit: Int

    /// - Parameters:
    ///   - revision: where the history begins.
    ///   - limit: the most octets of keys and values that are kept; each change counts 64 more.
    package init(after revision: StoreRevision, limit: Int) {
        state = Mutex(State(compacted: revision, last: revision))
        self.limit = limit
    }

    /// Adds batches in the order of their revisions and wakes the waiting.
    package func append(_ batches: [StoreChangeBatch]) {
        wake { state in
            for batch in batches {
                state.batches.append(batch)
                state.cost += batch.cost
                state.last = batch.revision
            }
            while state.cost > limit, state.first < state.batches.count {
                state.cost -= state.batches[state.first].cost
                state.compacted = state.batches[state.first].revision
                state.batches[state.first] = StoreChangeBatch(revision: state.compacted, changes: [])
                state.first += 1
            }
            if state.first > 64, state.first * 2 > state.batches.count {
                state.batches.removeFirst(state.first)
                state.first = 0
            }
        }
    }

    /// How many wait now.
    package var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Ends all watches.
    package func close() {
        wake { state in state.isClosed = true }
    }

    /// The next batch under `prefix` behind `revision`.
    package func next(_ prefix: String, after revision: StoreRevision) -> Answer {
        state.withLock { state in
            if revision < state.compacted { return state.isClosed ? .closed : .compacted }
            var low = state.first
            var high = state.batches.count
            while low < high {
                let middle = (low + high) / 2
                if state.batches[middle].revision <= revision { low = middle + 1 } else { high = middle }
            }
            for index in low..<state.batches.count {
                if let batch = state.batches[index].under(prefix) { return .batch(batch) }
            }
            return state.isClosed ? .closed : .nothing(upTo: max(revision, state.last))
        }
    }

    /// Waits until there is something behind `revision`, the history is closed, or the task is cancelled.
    package func wait(beyond revision: StoreRevision) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.last > revision || state.isClosed || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    private func wake(after change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }
}

extension ChangeHistory {
    /// A watch on this history. `older` is asked for the next batch when the history begins later than the watcher; it
    /// gives nil where it has none under the prefix up to the beginning of the history.
    package func watch(
        _ prefix: String,
        after revision: StoreRevision,
        older: @escaping @Sendable (StoreRevision) async throws(MusterError) -> Answer
    ) -> StoreWatch {
        StoreWatch(after: revision) { revision throws(MusterError) in
            try checkStorePrefix(prefix)
            while !Task.isCancelled {
                var answer = self.next(prefix, after: revision)
                if case .compacted = answer { answer = try await older(revision) }
                switch answer {
                case .batch(let batch):
                    revision = batch.revision
                    return batch
                case .nothing(let seen):
                    revision = max(revision, seen)
                    await self.wait(beyond: revision)
                case .compacted:
                    throw MusterError(
                        .compacted,
                        "the history of '\(prefix)' no longer reaches back to revision \(revision)"
                    )
                case .closed: return nil
                }
            }
            return nil
        }
    }
}

extension StoreChangeBatch {
    /// Octets that it takes in a history, roughly.
    package var cost: Int {
        changes.reduce(64) { total, change in
            switch change {
            case .put(let entry): total + entry.key.utf8.count + entry.value.count + 64
            case .delete(let key): total + key.utf8.count + 64
            }
        }
    }
}
