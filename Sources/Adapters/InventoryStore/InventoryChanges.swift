import Inventory
import MusterBase
import NodeRange
import Store

extension InventoryStore {
    /// Makes nodes, all with the same settings. It fails when one of them exists.
    public func define(nodes: NodeSet, _ assignments: [Assignment] = []) async throws(MusterError) {
        try await change([.defineNodes(nodes, assignments)])
    }

    public func set(nodes: NodeSet, _ assignments: [Assignment]) async throws(MusterError) {
        try await change([.setNodes(nodes, assignments)])
    }

    public func remove(nodes: NodeSet) async throws(MusterError) { try await change([.removeNodes(nodes)]) }

    /// Makes groups, all with the same settings. It fails when one of them exists.
    public func define(groups: NodeSet, _ assignments: [Assignment] = []) async throws(MusterError) {
        try await change([.defineGroups(groups, assignments)])
    }

    public func set(groups: NodeSet, _ assignments: [Assignment]) async throws(MusterError) {
        try await change([.setGroups(groups, assignments)])
    }

    /// Removes groups that have no members.
    public func remove(groups: NodeSet) async throws(MusterError) { try await change([.removeGroups(groups)]) }

    /// Makes several changes as one transaction: all of them, or none and an error that names the first fault.
    ///
    /// When another member changes the inventory at the same moment, the requests are checked anew against what that
    /// one made of it.
    ///
    /// - Throws: ``MusterError``: what ``Inventory/plan(_:)`` throws; `conflict` when others changed the inventory at
    ///   each attempt; what the store throws.
    /// - Returns: The store's revision that holds the change.
    @discardableResult
    public func change(_ requests: [InventoryRequest]) async throws(MusterError) -> StoreRevision {
        try await gate.enter()
        defer { gate.leave() }
        for _ in 0..<8 {
            if let revision = try await attempt(requests) { return revision }
            try await catchUp()
        }
        throw MusterError(.conflict, "changing the inventory: other members changed it at each of 8 attempts")
    }

    /// Nil when the inventory was changed by another member since this one looked.
    private func attempt(_ requests: [InventoryRequest]) async throws(MusterError) -> StoreRevision? {
        // The snapshot is let go before the change is applied, which then needs no copy.
        let change: InventoryChange
        let known: StoreRevision
        do throws(MusterError) {
            (change, known) = try plan(requests)
        } catch {
            // What looks wrong here may be right with what another member has just done.
            if try await isBehind() { return nil }
            throw error
        }
        if change.isEmpty { return revision }
        switch try await store.transact(InventoryKeys.transaction(change, known)) {
        case .conflict: return nil
        case .committed(let revision):
            apply(change, revision, changesInventory: true)
            return revision
        }
    }

    private func isBehind() async throws(MusterError) -> Bool {
        let latest = try await store.get(InventoryKeys.guardKey)?.modRevision ?? 0
        return latest != state.withLock { $0.guardRevision }
    }

    private func plan(_ requests: [InventoryRequest]) throws(MusterError) -> (InventoryChange, StoreRevision) {
        let now = state.withLock { $0 }
        return (try now.inventory.plan(requests), now.guardRevision)
    }

    /// Takes a change into memory. Only for whoever holds the gate.
    func apply(_ change: InventoryChange, _ revision: StoreRevision, changesInventory: Bool) {
        // A large change is worked into a copy, so that nobody waits for the lock meanwhile.
        if change.nodes.count > 1000 || !change.groups.isEmpty {
            var copy = snapshot
            copy.apply(change)
            state.withLock { $0.inventory = copy }
        } else {
            state.withLock { $0.inventory.apply(change) }
        }
        state.withLock { state in
            state.revision = max(state.revision, revision)
            if changesInventory { state.guardRevision = max(state.guardRevision, revision) }
        }
        changes.add(1, ordering: .releasing)
        report(.applied(revision, nodes: change.nodes.count, groups: change.groups.count))
    }
}
