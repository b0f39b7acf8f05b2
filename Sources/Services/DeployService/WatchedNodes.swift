import Synchronization

/// The nodes that a long poll is about: asked by name in constant time, however many they are.
struct WatchedNodes: Sendable {
    /// In the order of the range.
    let names: [String]
    private let positions: [String: Int]

    init(_ names: [String]) {
        self.names = names
        positions = Dictionary(names.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    }

    func contains(_ node: String) -> Bool { positions[node] != nil }

    /// Those of some nodes that are watched, in the order of the range.
    func sorted(_ nodes: [String]) -> [String] {
        nodes.compactMap { node in positions[node].map { (position: $0, node: node) } }
            .sorted { $0.position < $1.position }.map(\.node)
    }
}

/// What ranges stood for when they were last asked for: who follows a deployment asks for the same range again and again.
final class WatchedRanges: Sendable {
    private struct State {
        var inventoryRevision: Int64 = 0
        var ranges: [String?: WatchedNodes] = [:]
    }

    private let state = Mutex(State())
    /// The most ranges that are remembered; there are about as many as operators who wait.
    private let limit = 16

    /// The nodes of a range.
    ///
    /// - Parameter inventoryRevision: a range that was expanded at this revision of the inventory is not expanded again.
    func nodes(
        of range: String?, inventoryRevision: Int64, expand: (String?) throws -> [String]
    ) rethrows -> WatchedNodes {
        let known = state.withLock { $0.inventoryRevision == inventoryRevision ? $0.ranges[range] : nil }
        if let known { return known }
        let watched = WatchedNodes(try expand(range))
        state.withLock { state in
            if state.inventoryRevision != inventoryRevision || state.ranges.count >= limit { state.ranges.removeAll() }
            state.inventoryRevision = inventoryRevision
            state.ranges[range] = watched
        }
        return watched
    }
}
