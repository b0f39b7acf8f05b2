import MusterBase
import Synchronization

/// Lets one in at a time; the others wait in the order of their coming.
final class ChangeGate: Sendable {
    private struct State {
        var isBusy = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// The most that may wait.
    static let mostWaiting = 10_000

    private let state = Mutex(State())

    /// Waits until it is free. Each call that returns is followed by one of ``leave()``.
    ///
    /// - Throws: `exhausted` when too many wait.
    func enter() async throws(MusterError) {
        let isFull = state.withLock { $0.waiting.count >= ChangeGate.mostWaiting }
        if isFull {
            throw MusterError(
                .exhausted, "changing the inventory: \(ChangeGate.mostWaiting) changes are waiting already")
        }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isBusy {
                    state.waiting.append(continuation)
                    return false
                }
                state.isBusy = true
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.isBusy = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
