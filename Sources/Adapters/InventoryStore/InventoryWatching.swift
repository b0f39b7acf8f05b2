import Inventory
import MusterBase
import Store

extension InventoryStore {
    /// Takes in what other members change, until the task is cancelled or the store closed. Asks again, after waiting
    /// for up to half a minute, when the store fails.
    public func run() async {
        var pause = Duration.milliseconds(250)
        while !Task.isCancelled {
            do throws(MusterError) {
                for try await batch in store.watch(InventoryKeys.prefix, after: revision) {
                    try await take(batch)
                    pause = .milliseconds(250)
                }
                return
            } catch {
                if Task.isCancelled || error.code == .cancelled { return }
                if error.code == .compacted, await reloadAfterGap() { continue }
                report(.storeFailed(error))
            }
            do { try await clock.sleep(for: pause) } catch { return }
            pause = min(pause * 2, .seconds(30))
        }
    }

    private func take(_ batch: StoreChangeBatch) async throws(MusterError) {
        try await gate.enter()
        defer { gate.leave() }
        applyBatch(batch)
    }

    /// Takes in one transaction, unless it is known: this member's own changes come by here too.
    private func applyBatch(_ batch: StoreChangeBatch) {
        guard batch.revision > revision else { return }
        var nodes: [(name: String, stored: [String: String]?)] = []
        var groups: [(name: String, stored: [String: String]?)] = []
        var changesInventory = false
        for change in batch.changes {
            switch InventoryKeys.read(change) {
            case .node(let name, let stored): nodes.append((name, stored))
            case .group(let name, let stored): groups.append((name, stored))
            case .guard: changesInventory = true
            case .unreadable: report(.unreadable(key: change.key))
            }
        }
        let change = state.withLock { $0.inventory.change(nodes: nodes, groups: groups) }
        apply(change, batch.revision, changesInventory: changesInventory)
    }

    /// Brings the inventory up to the last change that the store holds. Only for whoever holds the gate.
    func catchUp() async throws(MusterError) {
        let target = try await store.get(InventoryKeys.guardKey)?.modRevision ?? 0
        // Somebody may have taken the key away, which no member does: then only a new start helps.
        guard target > 0 else { return try await reload() }
        do throws(MusterError) {
            for try await batch in store.watch(InventoryKeys.prefix, after: revision) {
                applyBatch(batch)
                if revision >= target { return }
            }
            throw MusterError(.unavailable, "changing the inventory: the store was closed")
        } catch {
            guard error.code == .compacted else { throw error }
            try await reload()
        }
    }

    /// After the watch found a gap in the history. True when the watch can go on.
    private func reloadAfterGap() async -> Bool {
        do throws(MusterError) {
            try await gate.enter()
            defer { gate.leave() }
            try await reload()
            return true
        } catch {
            return false
        }
    }

    private func reload() async throws(MusterError) {
        let registry = snapshot.registry
        let fresh = try await InventoryLoading.load(store, registry, report)
        state.withLock { $0 = fresh }
        changes.add(1, ordering: .releasing)
        report(.reloaded(fresh.revision))
    }
}

/// Reads the whole inventory.
enum InventoryLoading {
    static func load(
        _ store: any Store, _ registry: AttributeRegistry, _ report: (InventoryEvent) -> Void
    ) async throws(MusterError) -> InventoryStore.State {
        let page = try await store.all(InventoryKeys.prefix)
        var inventory = Inventory(registry: registry)
        var nodes: [(name: String, stored: [String: String]?)] = []
        var groups: [(name: String, stored: [String: String]?)] = []
        var guardRevision: StoreRevision = 0
        for entry in page.entries {
            switch InventoryKeys.read(.put(entry)) {
            case .node(let name, let stored): nodes.append((name, stored))
            case .group(let name, let stored): groups.append((name, stored))
            case .guard: guardRevision = entry.modRevision
            case .unreadable: report(.unreadable(key: entry.key))
            }
            // In parts, so that the texts of all nodes are not in memory at once.
            if nodes.count == 5000 { take(&nodes, &groups, into: &inventory) }
        }
        take(&nodes, &groups, into: &inventory)
        return .init(inventory: inventory, revision: page.revision, guardRevision: guardRevision)
    }

    private static func take(
        _ nodes: inout [(name: String, stored: [String: String]?)],
        _ groups: inout [(name: String, stored: [String: String]?)], into inventory: inout Inventory
    ) {
        let change = inventory.change(nodes: nodes, groups: groups)
        inventory.apply(change)
        nodes.removeAll(keepingCapacity: true)
        groups.removeAll()
    }
}
