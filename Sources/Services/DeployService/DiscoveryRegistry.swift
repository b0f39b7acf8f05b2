import Logging
import MusterAPI
import MusterBase
import ServiceLifecycle
import Store
import Synchronization

/// The machines that tried to boot and that nobody has defined.
///
/// Bounded: a flood of invented addresses pushes out the machines that were first heard longest ago, and can do no
/// more harm than that. Known by MAC address; kept in the store under `discoveries/<mac>`, written behind.
public final class DiscoveryRegistry: Service {
    private struct State {
        var machines: [MACAddress: DiscoveredMachine] = [:]
        /// In the order in which they were first heard; may hold forgotten ones.
        var order: [MACAddress] = []
        var dirty: Set<MACAddress> = []
        var writer: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())
    private let store: any Store
    private let logger: Logger
    private let limit: Int

    private static let prefix = "discoveries/"
    private static func key(_ mac: MACAddress) -> String { prefix + mac.description }

    /// - Parameter limit: the most machines that are kept.
    public init(store: any Store, logger: Logger, limit: Int = 4096) {
        self.store = store
        self.logger = logger
        self.limit = limit
    }

    /// Reads the machines from the store.
    public func load() async throws {
        let page = try await store.all(Self.prefix)
        let machines = try page.entries.map { entry in
            try MusterJSON.decode(DiscoveredMachine.self, from: entry.value, of: "discovered machine \(entry.key)")
        }
        state.withLock { state in
            for machine in machines.sorted(by: { $0.firstSeen < $1.firstSeen }) {
                state.machines[machine.mac] = machine
                state.order.append(machine.mac)
            }
        }
    }

    /// All of them, the one heard last first.
    public func all() -> [DiscoveredMachine] {
        state.withLock { Array($0.machines.values) }.sorted { ($1.lastSeen, $1.mac) < ($0.lastSeen, $0.mac) }
    }

    /// The machine with that MAC address or UUID.
    public func machine(_ text: String) -> DiscoveredMachine? {
        state.withLock { state in
            if let mac = MACAddress(text) { return state.machines[mac] }
            guard let uuid = MachineUUID(text) else { return nil }
            return state.machines.values.first { $0.uuid == uuid }
        }
    }

    /// Takes note of a machine. Called at each of its packets; constant time.
    public func heard(_ machine: DiscoveredMachine) {
        wake { state in
            if var known = state.machines[machine.mac] {
                known.uuid = machine.uuid ?? known.uuid
                known.serial = machine.serial ?? known.serial
                known.architecture = machine.architecture ?? known.architecture
                known.vendorClass = machine.vendorClass ?? known.vendorClass
                known.interface = machine.interface
                known.relay = machine.relay
                known.lastSeen = machine.lastSeen
                known.count += 1
                state.machines[machine.mac] = known
            } else {
                while state.machines.count >= self.limit, !state.order.isEmpty {
                    let gone = state.order.removeFirst()
                    if state.machines.removeValue(forKey: gone) != nil { state.dirty.insert(gone) }
                }
                state.machines[machine.mac] = machine
                state.order.append(machine.mac)
            }
            state.dirty.insert(machine.mac)
        }
    }

    /// Forgets one machine, by MAC address or UUID, or all of them.
    ///
    /// - Returns: how many were forgotten.
    public func forget(_ text: String?) throws -> Int {
        guard let text else {
            return wake { state in
                state.dirty.formUnion(state.machines.keys)
                defer { state.machines.removeAll() }
                state.order.removeAll()
                return state.machines.count
            }
        }
        guard let mac = machine(text)?.mac else {
            throw MusterError(.notFound, "no machine '\(text)' was discovered", advice: "see `muster discover list`")
        }
        wake { state in
            state.machines[mac] = nil
            state.order.removeAll { $0 == mac }
            state.dirty.insert(mac)
        }
        return 1
    }

    /// Brings changes to the store until the service stops.
    public func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskCancellationHandler {
                while await waitForDirt() {
                    await writePending()
                    // One machine asks many times a second when it boots: its entry is written once a second at most.
                    try? await Task.sleep(for: .seconds(1))
                }
                await writePending()
            } onCancel: {
                wake { $0.isClosed = true }
            }
        } onGracefulShutdown: {
            self.wake { $0.isClosed = true }
        }
    }

    private func writePending() async {
        let (dirty, machines) = state.withLock { state in
            defer { state.dirty.removeAll() }
            return (state.dirty, state.machines)
        }
        guard !dirty.isEmpty else { return }
        do {
            let changes = try dirty.sorted().map { mac in
                try machines[mac].map { Change.put(Self.key(mac), try MusterJSON.encode($0)) }
                    ?? Change.delete(Self.key(mac))
            }
            try await store.commit(Transaction(changes: changes))
        } catch {
            logger.error("discovered machines could not be stored", metadata: ["error": "\(error)"])
            // Only what is still known is tried again: what was pushed out must not pile up while the store is full.
            state.withLock { state in state.dirty.formUnion(dirty.intersection(state.machines.keys)) }
        }
    }

    private func waitForDirt() async -> Bool {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.dirty.isEmpty || state.isClosed { return true }
                state.writer = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { !$0.isClosed }
    }

    @discardableResult
    private func wake<Result: Sendable>(after change: (inout State) -> Result) -> Result {
        let (result, writer) = state.withLock { state in
            let result = change(&state)
            guard !state.dirty.isEmpty || state.isClosed else {
                return (result, nil as CheckedContinuation<Void, Never>?)
            }
            defer { state.writer = nil }
            return (result, state.writer)
        }
        writer?.resume()
        return result
    }
}
