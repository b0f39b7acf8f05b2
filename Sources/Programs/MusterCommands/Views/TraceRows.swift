import DeploymentModel
import MusterBase

/// What is printed of a trace: one row a step, from its first event to its last, and one for each try that went wrong.
struct TraceRow: Sendable, Hashable {
    /// When the step began, as far as it is known.
    var start: Timestamp
    /// From begin to end; nil for an event that stands alone.
    var duration: Duration?
    var source: TraceSource
    var step: String
    var status: TraceStatus
    var message: String
    var progress: Int?
}

/// Puts events together to rows as they come in.
struct TraceRows: Sendable {
    /// Steps that began and have not ended, in the order in which they began.
    private(set) var open: [TraceRow] = []

    /// Takes one event; gives a row when it ends one.
    mutating func add(_ event: TraceEvent) -> TraceRow? {
        let place = open.firstIndex { $0.step == event.step && $0.source == event.source }
        switch event.status {
        case .started, .progress:
            if let place {
                open[place].status = event.status
                open[place].message = event.message
                open[place].progress = event.progress
            } else {
                open.append(Self.row(event))
            }
            return nil
        case .done, .failed:
            var row = Self.row(event)
            if let place {
                let begun = open.remove(at: place)
                row.start = begun.start
                row.duration = event.time - begun.start
            }
            return row
        case .retrying:
            var row = Self.row(event)
            if let place {
                row.duration = event.time - open[place].start
                row.start = open[place].start
                open[place].start = event.time
            }
            return row
        }
    }

    private static func row(_ event: TraceEvent) -> TraceRow {
        TraceRow(
            start: event.time, duration: nil, source: event.source, step: event.step, status: event.status,
            message: event.message, progress: event.progress)
    }

    /// All rows of a trace in the order of their beginnings, the open ones among them.
    static func all(_ events: [TraceEvent]) -> [TraceRow] {
        var rows = TraceRows()
        let ended = events.compactMap { rows.add($0) }
        return (ended + rows.open).enumerated()
            .sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }.map(\.element)
    }
}
