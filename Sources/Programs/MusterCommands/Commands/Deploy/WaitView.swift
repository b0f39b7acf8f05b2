import DeploymentModel
import MusterAPI
import MusterBase

/// The lines that `deploy --wait` draws.
struct WaitView {
    private let progress: WaitProgress
    private let start: Timestamp
    private let now: Timestamp

    init(_ progress: WaitProgress, since start: Timestamp, at now: Timestamp) {
        self.progress = progress
        self.start = start
        self.now = now
    }

    private static let barWidth = 20

    /// A block that is drawn over again: a line a node while they fit, and the counts.
    ///
    /// When all is over the counts are left out: they are the result.
    ///
    /// - Parameter height: The most lines it may have.
    func block(height: Int, _ style: TextStyle) -> [String] {
        let shown = visible(max(0, height - 1))
        let nameWidth = shown.map { displayWidth($0.node) }.max() ?? 0
        let lines = shown.map { line(of: $0, nameWidth, style) }
        if progress.isOver { return lines }
        return lines + ["\(progress.summary(style))  \(words(now - start))"]
    }

    /// All nodes if they fit; else those that there is something to see of, the most advanced first.
    private func visible(_ limit: Int) -> [StatusList.Status] {
        let all = progress.statuses
        guard all.count > limit else { return all }
        func weight(_ state: DeploymentState?) -> Int {
            switch state {
            case .failed: 0
            case .firstboot, .staged, .installing, .booting: 1
            case .armed: 2
            case .deployed, nil: 3
            }
        }
        let kept = all.enumerated()
            .sorted {
                (weight($0.element.deployment?.state), $0.offset) < (weight($1.element.deployment?.state), $1.offset)
            }
            .prefix(limit).sorted { $0.offset < $1.offset }
        return kept.map(\.element)
    }

    private func line(of status: StatusList.Status, _ nameWidth: Int, _ style: TextStyle) -> String {
        guard let deployment = status.deployment else { return status.node }
        let name = status.node + String(repeating: " ", count: nameWidth - displayWidth(status.node))
        let state = deployment.state.rawValue
        let padded = state + String(repeating: " ", count: max(0, 10 - state.count))
        let bar = deployment.progress.map { "\(Self.bar($0)) " } ?? ""
        let said = deployment.diagnosis(at: now) ?? deployment.lastStep ?? ""
        let used = nameWidth + 2 + 10 + 2 + displayWidth(bar)
        let text = truncated(printable(said), to: max(8, (style.width ?? 10_000) - used - 1))
        return "\(name)  \(style.paint(padded, deployment.state.colour))  \(bar)\(text)"
    }

    /// `███████░░░░░░░░░░░░░  35 %`
    private static func bar(_ percent: Int) -> String {
        let full = min(max(percent, 0), 100) * barWidth / 100
        let number = String(percent)
        return String(repeating: "█", count: full) + String(repeating: "░", count: barWidth - full) + " "
            + String(repeating: " ", count: max(0, 3 - number.count)) + number + " %"
    }

    /// One line of a log: `+12.345 n1 booting: network is up`.
    func logLine(_ status: StatusList.Status) -> String {
        let state = status.deployment?.state.rawValue ?? "never deployed"
        let step = status.deployment.flatMap { $0.failure ?? $0.lastStep }.map { ": \(printable($0))" } ?? ""
        return "+\(secondsText(now - start))  \(status.node)  \(state)\(step)"
    }
}
