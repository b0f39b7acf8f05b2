import Inventory
import MusterBase
import NodeRange
import Store
import Synchronization

/// The inventory that is kept in a ``Store``, with all of it in memory to be looked at from any thread.
///
/// Looking things up is synchronous and costs the same for ten nodes as for a hundred thousand. Every change is one
/// transaction of the store, checked in whole before; what other members change arrives while ``run()`` runs.
public final class InventoryStore: Sendable {
    struct State: Sendable {
        var inventory: Inventory
        /// All changes of the store up to this revision are in the inventory.
        var revision: StoreRevision
        /// The revision that last changed the inventory; 0 for none.
        var guardRevision: StoreRevision
    }

    let store: any Store
    let clock: any Clock<Duration>
    let report: @Sendable (InventoryEvent) -> Void
    let state: Mutex<State>
    let changes = Atomic<UInt64>(0)
    /// Held by whoever changes the state.
    let gate = ChangeGate()

    init(
        _ state: State, store: any Store, clock: any Clock<Duration>,
        report: @escaping @Sendable (InventoryEvent) -> Void
    ) {
        self.store = store
        self.clock = clock
        self.report = report
        self.state = Mutex(state)
    }

    /// Reads the whole inventory from the store.
    ///
    /// - Parameters:
    ///   - clock: What ``run()`` waits by when the store does not answer.
    ///   - report: Told what happens, for logs and counters; called on any thread, must not block.
    public static func open(
        store: any Store, registry: AttributeRegistry = .standard, clock: any Clock<Duration> = ContinuousClock(),
        report: @escaping @Sendable (InventoryEvent) -> Void = { _ in }
    ) async throws(MusterError) -> InventoryStore {
        let state = try await InventoryLoading.load(store, registry, report)
        return InventoryStore(state, store: store, clock: clock, report: report)
    }

    /// The inventory as it is now. Taking it costs nothing; keeping it for long makes the next change copy it.
    public var snapshot: Inventory { state.withLock { $0.inventory } }

    /// All changes of the store up to this revision are in the inventory.
    public var revision: StoreRevision { state.withLock { $0.revision } }

    /// Another number after each change of the inventory, and the same until then: what was worked out of the inventory
    /// after this was asked holds as long as it stays. Takes no lock.
    public var generation: UInt64 { changes.load(ordering: .acquiring) }
}

/// What happens in an ``InventoryStore``, for logs and counters.
public enum InventoryEvent: Sendable {
    /// A change was taken in, from this member or another; with the number of nodes and groups that it named.
    case applied(StoreRevision, nodes: Int, groups: Int)
    /// The whole inventory was read anew, because the store's history did not reach back far enough.
    case reloaded(StoreRevision)
    /// What is kept under a key cannot be read; it is left out.
    case unreadable(key: String)
    /// The store does not answer; it is asked again after a while.
    case storeFailed(MusterError)
}

// MARK: - Look-up

extension InventoryStore {
    /// The node that a hardware address belongs to.
    public func node(mac: MACAddress) -> String? { state.withLock { $0.inventory.node(mac: mac) } }

    /// The node with that UUID.
    public func node(uuid: MachineUUID) -> String? { state.withLock { $0.inventory.node(uuid: uuid) } }

    /// The node that an address belongs to.
    public func node(address: IPv4Address) -> String? { state.withLock { $0.inventory.node(address: address) } }

    /// The node with that serial number; nil also when several have it.
    public func node(serial: String) -> String? { state.withLock { $0.inventory.node(serial: serial) } }

    public func hasNode(_ name: String) -> Bool { state.withLock { $0.inventory.hasNode(name) } }
    public func hasGroup(_ name: String) -> Bool { state.withLock { $0.inventory.hasGroup(name) } }

    /// How many nodes there are.
    public var nodeCount: Int { state.withLock { $0.inventory.nodeNames.count } }

    /// All effective attributes of a node, with where they come from; see ``Inventory/attributes(of:)``.
    public func attributes(of node: String) throws(MusterError) -> [EffectiveAttribute] {
        try snapshot.attributes(of: node)
    }

    /// What is set on a group.
    public func attributes(ofGroup group: String) throws(MusterError) -> [EffectiveAttribute] {
        try snapshot.attributes(ofGroup: group)
    }

    /// The effective value of one attribute of a node; see ``Inventory/value(_:of:)``.
    public func value(_ attribute: String, of node: String) throws(MusterError) -> String? {
        try look { (inventory) throws(MusterError) in try inventory.value(attribute, of: node) }
    }

    /// The effective value of a secret attribute.
    public func secret(_ attribute: String, of node: String) throws(MusterError) -> Secret<String>? {
        try look { (inventory) throws(MusterError) in try inventory.secret(attribute, of: node) }
    }

    /// The interfaces of a node with their typed attributes, the one that it boots from first.
    public func interfaces(of node: String) throws(MusterError) -> [NodeInterface] {
        try look { (inventory) throws(MusterError) in try inventory.interfaces(of: node) }
    }

    /// The interface that a node boots from.
    public func bootInterface(of node: String) throws(MusterError) -> NodeInterface {
        try look { (inventory) throws(MusterError) in try inventory.bootInterface(of: node) }
    }

    /// Looks at the inventory in place: for short work only, others wait meanwhile.
    private func look<Value: Sendable>(
        _ body: (borrowing Inventory) throws(MusterError) -> Value
    ) throws(MusterError) -> Value {
        try state.withLock { (state) throws(MusterError) -> Value in try body(state.inventory) }
    }
}
