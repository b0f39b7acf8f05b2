import Synchronization

/// Whether somebody waits for a chunk that is being fetched. It may become urgent on the way.
package final class FetchUrgency: Sendable {
    private struct State: Sendable {
        var isDemanded: Bool
        var listener: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    package init(isDemanded: Bool) { state = Mutex(State(isDemanded: isDemanded)) }

    /// True when a reader waits.
    package var isDemanded: Bool { state.withLock { $0.isDemanded } }

    /// A reader has come to wait for it.
    package func raise() {
        let listener = state.withLock { state in
            defer { state.isDemanded = true }
            return state.isDemanded ? nil : state.listener
        }
        listener?()
    }

    /// Calls `listener` when it becomes urgent later on. There is one at a time.
    package func onRaise(_ listener: (@Sendable () -> Void)?) { state.withLock { $0.listener = listener } }
}
