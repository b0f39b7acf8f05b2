import DHCPWire
import MusterBase
import Synchronization

/// A machine that asked to boot and that nobody told Muster of.
public struct MachineSighting: Sendable, Hashable {
    public var identity: MachineIdentity
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    /// How many packets came.
    public var count: Int
    public var interface: String
    public var relay: IPv4Address?
    public var architecture: ClientArchitecture?
    public var vendorClass: String?
    public var hostName: String?
}

/// The unknown machines, by MAC address. Bounded: when it is full, the machine that was noted first gives way, so that
/// an invented stream of addresses cannot fill the memory.
public final class MachineSightings: Sendable {
    private struct State {
        var machines: [MACAddress: MachineSighting] = [:]
        /// A ring of the addresses in the order in which they were noted.
        var order: [MACAddress] = []
        var hand = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    public init(capacity: Int = 4096) { self.capacity = max(1, capacity) }

    /// Notes an observation of an unknown machine; others are not for this table.
    public func note(_ observation: BootObservation) {
        guard observation.outcome == .unknownMachine else { return }
        state.withLock { state in
            let mac = observation.identity.mac
            guard var machine = state.machines[mac] else { return add(MachineSighting(observation), to: &state) }
            machine.lastSeen = observation.time
            machine.count += 1
            machine.interface = observation.interface
            machine.relay = observation.relay
            // A running system tells less than firmware did: what was learnt is kept.
            machine.identity.uuid = observation.identity.uuid ?? machine.identity.uuid
            machine.architecture = observation.architecture ?? machine.architecture
            machine.vendorClass = observation.vendorClass ?? machine.vendorClass
            machine.hostName = observation.hostName ?? machine.hostName
            state.machines[mac] = machine
        }
    }

    /// Drops a machine, as after it was adopted. True if it was there.
    @discardableResult
    public func forget(_ mac: MACAddress) -> Bool { state.withLock { $0.machines.removeValue(forKey: mac) != nil } }

    /// All machines, the one seen last first.
    public var all: [MachineSighting] {
        state.withLock { Array($0.machines.values) }
            .sorted { ($0.lastSeen, $0.identity.mac) > ($1.lastSeen, $1.identity.mac) }
    }

    private func add(_ machine: MachineSighting, to state: inout State) {
        let mac = machine.identity.mac
        if state.order.count < capacity {
            state.order.append(mac)
        } else {
            state.machines[state.order[state.hand]] = nil
            state.order[state.hand] = mac
            state.hand = (state.hand + 1) % capacity
        }
        state.machines[mac] = machine
    }
}

extension MachineSighting {
    init(_ observation: BootObservation) {
        self.init(
            identity: observation.identity, firstSeen: observation.time, lastSeen: observation.time, count: 1,
            interface: observation.interface, relay: observation.relay, architecture: observation.architecture,
            vendorClass: observation.vendorClass, hostName: observation.hostName)
    }
}
