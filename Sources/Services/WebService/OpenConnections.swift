import Metrics
import NIOCore
import Synchronization

/// The connections that a listener has accepted and that are still open.
final class OpenConnections: Sendable {
    private struct Entry {
        let channel: any Channel
        let slot: ConnectionSlot
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        /// How many each address has. Connections of a Unix socket have none.
        var addresses: [String: Int] = [:]
        var isQuiescing = false
        /// It was full, and will be looked after.
        var isLookingAgain = false

        /// The connections that have waited longest for a request: some at once, for it takes a look at all.
        ///
        /// - Parameter unasked: the same for those that never had one.
        func longestIdle(before time: UInt64, unasked: UInt64) -> [any Channel] {
            let idle = entries.values.compactMap { entry -> (time: UInt64, channel: any Channel)? in
                let latest = entry.slot.hasAsked ? time : unasked
                guard let since = entry.slot.idleTime, since <= latest else { return nil }
                return (since, entry.channel)
            }
            return idle.sorted { $0.time < $1.time }.prefix(1 + entries.count / 64).map(\.channel)
        }
    }

    private let limits: WebLimits
    private let evictions: Counter
    private let state = Mutex(State())

    init(limits: WebLimits, evictions: Counter) {
        self.limits = limits
        self.evictions = evictions
    }

    /// Takes an accepted connection in. When it takes the last place, the longest idle ones are closed.
    ///
    /// - Returns: nil when its address has too many already; it is closed then.
    func add(_ channel: any Channel) -> ConnectionSlot? {
        let identifier = ObjectIdentifier(channel)
        let address = channel.remoteAddress?.ipAddress
        let slot = ConnectionSlot()
        let (isWelcome, isLate) = state.withLock { state in
            if let address {
                guard state.addresses[address, default: 0] < limits.connectionsPerAddress else { return (false, true) }
                state.addresses[address, default: 0] += 1
            }
            state.entries[identifier] = Entry(channel: channel, slot: slot)
            return (true, state.isQuiescing)
        }
        makeRoom(channel.eventLoop)
        if isWelcome {
            channel.closeFuture.whenComplete { _ in self.remove(identifier, address) }
        }
        if isLate { channel.close(promise: nil) }
        return isWelcome ? slot : nil
    }

    /// Closes the longest idle connections when all places are taken. While there are none, nobody is accepted any more,
    /// so it looks again by itself.
    private func makeRoom(_ eventLoop: any EventLoop, isAgain: Bool = false) {
        let spared = TimeAmount(limits.sparedIdle)
        let sparedUnasked = TimeAmount(limits.sparedUnasked)
        let (evicted, looksAgain) = state.withLock { state in
            if isAgain { state.isLookingAgain = false }
            guard state.entries.count >= limits.connections else { return ([any Channel](), false) }
            let now = NIODeadline.now()
            let evicted = state.longestIdle(
                before: (now - spared).uptimeNanoseconds, unasked: (now - sparedUnasked).uptimeNanoseconds)
            guard evicted.isEmpty, !state.isLookingAgain, !state.isQuiescing else { return (evicted, false) }
            state.isLookingAgain = true
            return (evicted, true)
        }
        evictions.increment(by: evicted.count)
        for channel in evicted { channel.close(promise: nil) }
        guard looksAgain else { return }
        eventLoop.scheduleTask(in: max(spared, .milliseconds(50))) { self.makeRoom(eventLoop, isAgain: true) }
    }

    private func remove(_ identifier: ObjectIdentifier, _ address: String?) {
        state.withLock { state in
            state.entries[identifier] = nil
            guard let address, let count = state.addresses[address] else { return }
            state.addresses[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Lets each finish the answer that is on its way.
    func quiesce() {
        let channels = state.withLock { state in
            state.isQuiescing = true
            return state.entries.values.map(\.channel)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    func closeAll() {
        for channel in state.withLock({ $0.entries.values.map(\.channel) }) { channel.close(promise: nil) }
    }

    /// Returns when none is left.
    func waitUntilEmpty() async {
        for channel in state.withLock({ $0.entries.values.map(\.channel) }) { try? await channel.closeFuture.get() }
    }
}
