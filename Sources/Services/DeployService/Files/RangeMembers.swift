import MusterBase
import Synchronization

/// Which nodes ranges stand for: each range is expanded once for a state of the inventory, and a node is looked up in
/// constant time from then on.
final class RangeMembers: Sendable {
    private struct State {
        var inventoryRevision: Int64 = 0
        var ranges: [String: Result<Set<String>, MusterError>] = [:]
    }

    private let state = Mutex(State())
    private let expand: RangeExpansion
    private let inventoryRevision: (@Sendable () -> Int64)?
    /// The most ranges that are remembered.
    private let limit = 1000

    /// - Parameter inventoryRevision: nil when it is not known; then nothing is remembered.
    init(expand: @escaping RangeExpansion, inventoryRevision: (@Sendable () -> Int64)?) {
        self.expand = expand
        self.inventoryRevision = inventoryRevision
    }

    /// - Throws: what is wrong with the range, such as a group that is not there.
    func contains(_ node: String, in range: String) throws(MusterError) -> Bool {
        let revision = inventoryRevision?()
        let known = state.withLock { $0.inventoryRevision == revision ? $0.ranges[range] : nil }
        if let known { return try known.get().contains(node) }
        let nodes = members(of: range)
        if let revision {
            state.withLock { state in
                if state.inventoryRevision != revision || state.ranges.count >= limit { state.ranges.removeAll() }
                state.inventoryRevision = revision
                state.ranges[range] = nodes
            }
        }
        return try nodes.get().contains(node)
    }

    /// States of deployments are no sets here: a file does not come and go with them.
    private func members(of range: String) -> Result<Set<String>, MusterError> {
        do {
            return .success(Set(try expand(range) { _ in nil }))
        } catch {
            return .failure(
                error as? MusterError ?? MusterError(.internalFailure, "expanding the noderange", cause: error))
        }
    }
}
