import NIOCore
import Synchronization

/// The connections that a listener has accepted and that are still open.
final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isQuiescing = false
    }

    private let state = Mutex(State())

    func add(_ channel: any Channel) {
        let identifier = ObjectIdentifier(channel)
        let isLate = state.withLock { state in
            state.channels[identifier] = channel
            return state.isQuiescing
        }
        channel.closeFuture.whenComplete { _ in
            _ = self.state.withLock { $0.channels.removeValue(forKey: identifier) }
        }
        if isLate { channel.close(promise: nil) }
    }

    /// Lets each finish the answer that is on its way.
    func quiesce() {
        let channels = state.withLock { state in
            state.isQuiescing = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }

    /// Returns when none is left.
    func waitUntilEmpty() async {
        for channel in state.withLock({ Array($0.channels.values) }) { try? await channel.closeFuture.get() }
    }
}
