/// In which order nodes changed, with the last change of each: what changed after a revision is found without a look at
/// what did not. At most twice as long as there are nodes.
struct ChangeLog: Sendable {
    struct Entry: Sendable {
        let revision: Int64
        let node: String
    }

    /// Revisions rise. Of a node the last entry counts; the others are taken out now and then.
    private var entries: [Entry] = []
    private var lastChange: [String: Int64] = [:]

    /// - Parameter revision: higher than all before.
    mutating func note(_ node: String, at revision: Int64) {
        lastChange[node] = revision
        entries.append(Entry(revision: revision, node: node))
        if entries.count > 2 * lastChange.count + 64 { entries = entries.filter(isLast) }
    }

    /// Nodes that have an entry.
    var count: Int { lastChange.count }

    /// Forgets all nodes but some.
    mutating func keep(_ isKept: (String) -> Bool) {
        lastChange = lastChange.filter { isKept($0.key) }
        entries = entries.filter(isLast)
    }

    /// When a node changed last; nil when it never did.
    func lastChange(of node: String) -> Int64? { lastChange[node] }

    /// All changes after a revision, also those that another of the same node followed.
    func after(_ revision: Int64) -> ArraySlice<Entry> {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        return entries[low...]
    }

    /// Whether no later change of the same node followed.
    func isLast(_ entry: Entry) -> Bool { lastChange[entry.node] == entry.revision }
}
