import DeploymentModel
import MusterBase
import Synchronization

/// What is said on standard error while something long is done: one line that changes on a terminal, a log elsewhere.
final class LongWork: Sendable {
    private struct State {
        var area: LiveArea
        var last = ""
    }

    private let sink: any OutputSink
    private let style: TextStyle
    private let isLive: Bool
    private let clock: WallClock
    private let start: Timestamp
    private let state: Mutex<State>

    private static let barWidth = 24

    init(_ context: CommandContext) {
        sink = context.errors
        style = context.terminal.errorStyle
        isLive = context.terminal.errorIsTerminal
        clock = context.clock
        start = context.clock.now()
        state = Mutex(State(area: LiveArea(context.errors)))
    }

    /// A line that the work printed.
    func line(_ text: String) {
        let clean = printable(text)
        state.withLock { state in
            // That nobody can see it is no reason to end the work.
            if isLive {
                let shown = "\(words(clock.now() - start))  \(clean)"
                try? state.area.draw([truncated(shown, to: max(20, (style.width ?? 80) - 1))])
            } else {
                try? sink.writeLine(clean)
            }
        }
    }

    /// What is being done, and how much of it is done, 0 to 1. A log gets one line for each thing.
    func step(_ doing: String, _ share: Double) {
        let clean = printable(doing)
        state.withLock { state in
            if isLive {
                let full = Int(max(0, min(1, share)) * Double(Self.barWidth))
                let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.barWidth - full)
                let shown = "\(bar)  \(words(clock.now() - start))  \(clean)"
                try? state.area.draw([truncated(shown, to: max(20, (style.width ?? 80) - 1))])
            } else if clean != state.last {
                try? sink.writeLine(clean)
            }
            state.last = clean
        }
    }

    /// Takes the line away again.
    func finish() {
        state.withLock { state in if isLive { try? state.area.draw([]) } }
    }
}
