import AnsibleRunner
import MusterAPI

/// Whose plays run, and whose wait: first come, first served; of one node one run at a time.
struct PlayQueue {
    /// A run, by the node and the name that the node gave it.
    struct Run: Hashable, Sendable {
        let node: String
        let stage: String
        let name: String
    }

    private struct Entry {
        var order: PlayOrder
        var status: PlaysStatus
    }

    /// How many run at once.
    let limit: Int
    /// Of each node the run that it asked for last.
    private var newest: [String: Run] = [:]
    private var entries: [Run: Entry] = [:]
    private var waiting: [Run] = []
    private var running: [String: Run] = [:]
    /// Runs that are over, the oldest first.
    private var over: [Run] = []
    private static let kept = 4096

    init(limit: Int) { self.limit = limit }

    var runningCount: Int { running.count }

    /// Whether it is the run that its node asked for last.
    func isNewest(_ run: Run) -> Bool { newest[run.node] == run }

    func status(of run: Run) -> PlaysStatus? { entries[run]?.status }

    /// Lets a run wait for its turn.
    ///
    /// - Returns: the node's earlier run, if that is to be stopped.
    mutating func add(_ run: Run, _ order: PlayOrder) -> Run? {
        // Asked for twice at the same moment.
        guard entries[run] == nil else { return nil }
        if let old = newest[run.node] {
            waiting.removeAll { $0 == old }
            if running[run.node] != old { forget(old) }
        }
        newest[run.node] = run
        let isFirst = running.count < limit && running[run.node] == nil
        let words = isFirst ? "begins" : "waits; \(running.count) run now and \(waiting.count) wait before it"
        entries[run] = Entry(order: order, status: PlaysStatus(state: .waiting, message: words))
        waiting.append(run)
        return running[run.node]
    }

    /// The next run whose turn it is; it counts as running from now on.
    mutating func next() -> (run: Run, order: PlayOrder)? {
        guard running.count < limit, let index = waiting.firstIndex(where: { running[$0.node] == nil }) else {
            return nil
        }
        let run = waiting.remove(at: index)
        guard let entry = entries[run] else { return nil }
        running[run.node] = run
        entries[run]?.status = PlaysStatus(state: .running, message: "runs")
        return (run, entry.order)
    }

    mutating func finish(_ run: Run, _ status: PlaysStatus) {
        if running[run.node] == run { running[run.node] = nil }
        guard newest[run.node] == run else { return forget(run) }
        entries[run]?.status = status
        over.append(run)
        // Nodes that never ask again.
        if over.count > PlayQueue.kept { forget(over.removeFirst()) }
    }

    private mutating func forget(_ run: Run) {
        entries[run] = nil
        if newest[run.node] == run { newest[run.node] = nil }
        over.removeAll { $0 == run }
    }
}
