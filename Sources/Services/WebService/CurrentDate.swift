import Glibc
import Synchronization

/// The Date header field's text, made once a second.
enum CurrentDate {
    private struct State {
        var second = 0
        var text = ""
    }

    private static let state = Mutex(State())

    static func text() -> String {
        let now = time(nil)
        return state.withLock { state in
            if state.second != now { state = State(second: now, text: HTTPDate.text(Int64(now))) }
            return state.text
        }
    }
}
