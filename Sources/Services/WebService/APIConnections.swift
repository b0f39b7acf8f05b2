import NIOCore
import Synchronization

/// Connections of a listener on which something was asked of the API. Each gets a task then and not sooner: most
/// connections of a rack that boots fetch files alone, which needs none.
package final class APIConnections: Sendable {
    package typealias Serve = @Sendable () async -> Void

    private struct State {
        var waiting: [Serve] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    package init() { (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Has a connection served. What `prepare` returns is always called, for it holds a channel that must be ended.
    ///
    /// - Returns: false when no connection is served any more; `prepare` was not called then.
    package func add(_ prepare: () throws -> Serve) rethrows -> Bool {
        let isTaken = try state.withLock { state in
            guard !state.isClosed else { return false }
            state.waiting.append(try prepare())
            return true
        }
        if isTaken { arrival.yield() }
        return isTaken
    }

    /// Serves connections, each in a task of the group, until `finish` is called or this task is cancelled.
    package func run(in group: inout DiscardingTaskGroup) async {
        for await _ in arrivals { start(take(closing: false), &group) }
        start(take(closing: true), &group)
    }

    package func finish() { arrival.finish() }

    private func take(closing: Bool) -> [Serve] {
        state.withLock { state in
            if closing { state.isClosed = true }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    private func start(_ connections: [Serve], _ group: inout DiscardingTaskGroup) {
        for serve in connections { group.addTask { await serve() } }
    }
}
