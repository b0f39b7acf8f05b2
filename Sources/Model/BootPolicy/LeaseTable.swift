import MusterBase
import Synchronization

/// Which machine was given which address, on which interface and when. Shared by all listeners and asked by other
/// services; all operations cost the same however many leases there are.
///
/// It is bounded: when it is full, the oldest slot is taken, and ``evictions`` counts that.
public final class LeaseTable: Sendable {
    private struct State {
        var slots: [Lease?] = []
        var byAddress: [IPv4Address: Int] = [:]
        /// The dynamic lease of a machine; fixed ones are found through the inventory.
        var dynamicByMAC: [MACAddress: Int] = [:]
        var vacant: [Int] = []
        var hand = 0
        var evictions = 0
    }

    public let capacity: Int
    private let journal: (any LeaseJournal)?
    private let state = Mutex(State())

    public init(capacity: Int = 262_144, journal: (any LeaseJournal)? = nil) {
        self.capacity = max(1, capacity)
        self.journal = journal
    }

    /// The machine that holds the address now; nil when nobody does, or the lease is over.
    public func macAddress(holding address: IPv4Address, at time: Timestamp) -> MACAddress? {
        guard let lease = lease(of: address), lease.expiresAt > time, lease.kind != .unusable else { return nil }
        return lease.mac
    }

    /// The last lease of the address, also when it is over.
    public func lease(of address: IPv4Address) -> Lease? {
        state.withLock { state in state.byAddress[address].flatMap { state.slots[$0] } }
    }

    /// The last lease of the machine from the dynamic range, also when it is over.
    public func dynamicLease(of mac: MACAddress) -> Lease? {
        state.withLock { state in state.dynamicByMAC[mac].flatMap { state.slots[$0] } }
    }

    public var count: Int { state.withLock { $0.byAddress.count } }
    /// How many leases gave way because the table was full.
    public var evictions: Int { state.withLock { $0.evictions } }

    /// All leases, in no order: for listings.
    public var all: [Lease] { state.withLock { $0.slots.compactMap(\.self) } }

    /// Puts back what the journal kept, without writing it again.
    public func restore(_ leases: some Sequence<Lease>) {
        state.withLock { state in for lease in leases { LeaseTable.put(lease, in: &state, capacity: capacity) } }
    }

    /// Notes a lease, in place of an older one of the same address.
    public func bind(_ lease: Lease) {
        let former = state.withLock { state -> Lease? in
            let former = state.byAddress[lease.address].flatMap { state.slots[$0] }
            LeaseTable.put(lease, in: &state, capacity: capacity)
            return former
        }
        if lease.isKept {
            journal?.save(lease)
        } else if former?.isKept == true {
            journal?.remove(lease.address)
        }
    }

    /// Ends the lease if that machine holds the address. True if it did.
    @discardableResult
    public func release(_ address: IPv4Address, by mac: MACAddress) -> Bool {
        let ended = state.withLock { state -> Lease? in
            guard let slot = state.byAddress[address], let lease = state.slots[slot], lease.mac == mac else {
                return nil
            }
            LeaseTable.clear(slot, in: &state)
            return lease
        }
        if ended?.isKept == true { journal?.remove(address) }
        return ended != nil
    }

    private static func put(_ lease: Lease, in state: inout State, capacity: Int) {
        if let slot = state.byAddress[lease.address] { clear(slot, in: &state) }
        let slot = vacantSlot(in: &state, capacity: capacity)
        state.slots[slot] = lease
        state.byAddress[lease.address] = slot
        if lease.kind == .dynamic { state.dynamicByMAC[lease.mac] = slot }
    }

    private static func vacantSlot(in state: inout State, capacity: Int) -> Int {
        if let slot = state.vacant.popLast() { return slot }
        if state.slots.count < capacity {
            state.slots.append(nil)
            return state.slots.count - 1
        }
        let slot = state.hand
        state.hand = (slot + 1) % capacity
        clear(slot, in: &state)
        _ = state.vacant.popLast()
        state.evictions += 1
        return slot
    }

    private static func clear(_ slot: Int, in state: inout State) {
        guard let lease = state.slots[slot] else { return }
        state.slots[slot] = nil
        state.byAddress[lease.address] = nil
        if state.dynamicByMAC[lease.mac] == slot { state.dynamicByMAC[lease.mac] = nil }
        state.vacant.append(slot)
    }
}
