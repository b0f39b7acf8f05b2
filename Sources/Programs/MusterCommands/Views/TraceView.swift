import DeploymentModel
import MusterAPI
import MusterBase

/// The text of `muster trace`.
struct TraceView {
    private let trace: Trace
    private let now: Timestamp
    private let zoneOffset: @Sendable (Timestamp) -> Int

    init(_ trace: Trace, at now: Timestamp, zoneOffset: @escaping @Sendable (Timestamp) -> Int) {
        self.trace = trace
        self.now = now
        self.zoneOffset = zoneOffset
    }

    func render(_ style: TextStyle) -> [UInt8] {
        var table = TextTable([
            .init("TIME"), .init("OFFSET", .right), .init("TOOK", .right), .init("SOURCE"), .init("STATUS"),
            .init("STEP"), .init("MESSAGE", shrinks: true),
        ])
        for row in TraceRows.all(trace.events) { table.add(cells(of: row)) }
        return Array("\(head(style))\n\n".utf8) + table.render(style) + Array("\n\(ending(style))".utf8)
    }

    /// One row for `--follow`, in columns of fixed width, since what comes later is not known.
    func line(_ row: TraceRow, _ style: TextStyle) -> String {
        let cells = cells(of: row)
        let widths = [12, -10, -9, 8, 8, 14]
        var text = ""
        for (cell, width) in zip(cells, widths) {
            let blanks = String(repeating: " ", count: max(0, abs(width) - displayWidth(cell.text)))
            let painted = style.paint(cell.text, cell.colour)
            text += (width < 0 ? blanks + painted : painted + blanks) + "  "
        }
        return text + (cells.last?.text ?? "")
    }

    func head(_ style: TextStyle) -> String {
        let deployment = trace.deployment
        let what = deployment.image.map { "\(deployment.profile) (\($0))" } ?? deployment.profile
        return style.paint(trace.node, .strong)
            + ": \(what), deployment \(deployment.id), armed by \(deployment.armedBy)"
            + " on \(dateAndTime(deployment.armedAt))"
    }

    /// How it stands, and where more is to be seen.
    func ending(_ style: TextStyle) -> String {
        let deployment = trace.deployment
        var text = style.paint(deployment.state.rawValue, deployment.state.colour)
        if let started = deployment.startedAt {
            let end = deployment.finishedAt ?? now
            text += (deployment.state.isOver ? " after " : " for ") + "\(secondsText(end - started)) s"
        }
        text += "\n"
        if let diagnosis = deployment.diagnosis(at: now) { text += "  \(printable(diagnosis))\n" }
        if !trace.earlier.isEmpty {
            let shown = trace.earlier.prefix(5).joined(separator: " ")
            text += "earlier deployments: \(shown)\(trace.earlier.count > 5 ? " …" : "")\n"
        }
        return text
    }

    private func cells(of row: TraceRow) -> [TextTable.Cell] {
        let offset = row.start - (trace.events.first?.time ?? row.start)
        let isOpen = row.status == .started || row.status == .progress
        let isSaid = row.progress.map { row.message.contains("\($0) %") } ?? true
        let message = row.progress.map { isOpen && !isSaid ? "\(row.message) (\($0) %)" : row.message } ?? row.message
        return [
            .init(timeOfDay(row.start)), .init("+\(secondsText(offset))"),
            .init(row.duration.map { secondsText($0) } ?? ""), .init(row.source.rawValue),
            .init(row.status.rawValue, row.status.colour), .init(row.step), .init(message),
        ]
    }

    /// `14:03:07.250` in the reader's time zone.
    private func timeOfDay(_ time: Timestamp) -> String { String(local(time).dropFirst(11).prefix(12)) }

    /// `2026-03-01 14:03:07` in the reader's time zone.
    private func dateAndTime(_ time: Timestamp) -> String {
        let text = local(time)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
    }

    private func local(_ time: Timestamp) -> String {
        Timestamp(microseconds: time.microseconds + Int64(zoneOffset(time)) * 1_000_000).description
    }
}

extension TraceStatus {
    var colour: TextColour? {
        switch self {
        case .started, .progress: .active
        case .done: .good
        case .retrying: .warning
        case .failed: .bad
        }
    }
}
