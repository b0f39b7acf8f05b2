import DeploymentModel
import MusterAPI
import MusterBase

/// The table of `muster status`, and the counts below it.
struct StatusView {
    private let list: StatusList
    private let now: Timestamp

    init(_ list: StatusList, at now: Timestamp) {
        self.list = list
        self.now = now
    }

    func render(_ style: TextStyle) -> [UInt8] {
        guard !list.nodes.isEmpty else { return Array("no nodes\n".utf8) }
        var table = TextTable([
            .init("NODE"), .init("STATE"), .init("PROFILE"), .init("IMAGE"), .init("SINCE", .right),
            .init("LAST", shrinks: true),
        ])
        table.reserve(list.nodes.count)
        for status in list.nodes { table.add(row(of: status)) }
        return table.render(style) + Array("\n\(summary(style))\n".utf8)
    }

    private func row(of status: StatusList.Status) -> [TextTable.Cell] {
        guard let deployment = status.deployment else {
            return [.init(status.node), .init("-", .faint), "-", image(of: status), "-", .init(status.diagnosis ?? "")]
        }
        return [
            .init(status.node), .init(deployment.state.rawValue, deployment.state.colour), .init(deployment.profile),
            image(of: status), .init(ageText(since: deployment.stateSince, at: now)), last(of: status, deployment),
        ]
    }

    /// What the machine says it runs; else, in parentheses, what it is to run.
    private func image(of status: StatusList.Status) -> TextTable.Cell {
        if let running = status.running { return .init(running.description) }
        return .init(status.deployment?.image.map { "(\($0))" } ?? "-")
    }

    private func last(of status: StatusList.Status, _ deployment: Deployment) -> TextTable.Cell {
        if let diagnosis = status.diagnosis ?? deployment.diagnosis(at: now) { return .init(diagnosis, .bad) }
        if deployment.state == .deployed, !status.alive, let heard = status.lastHeartbeat {
            return .init("silent for \(words(now - heard))", .warning)
        }
        guard let step = deployment.lastStep else { return "" }
        if deployment.state == .deployed, status.tethered == false {
            return .init("\(step); its root is in memory now")
        }
        guard let progress = deployment.progress, !step.contains("\(progress) %") else { return .init(step) }
        return .init("\(step) (\(progress) %)")
    }

    /// `40 nodes: 38 deployed, 1 booting, 1 failed`
    private func summary(_ style: TextStyle) -> String {
        "\(counted(list.nodes.count, "node")): " + stateCounts(list.nodes.map { $0.deployment?.state }, style)
    }
}

/// `38 deployed, 1 booting, 2 never deployed`: how many are in each state.
func stateCounts(_ states: [DeploymentState?], _ style: TextStyle) -> String {
    let counts = Dictionary(states.map { ($0, 1) }, uniquingKeysWith: +)
    let order: [DeploymentState] = [.deployed, .firstboot, .staged, .installing, .booting, .armed, .failed]
    var parts = order.compactMap { state in
        counts[state].map { style.paint("\(grouped($0)) \(state.rawValue)", state.colour) }
    }
    if let never = counts[nil] { parts.append("\(grouped(never)) never deployed") }
    return parts.joined(separator: ", ")
}

extension DeploymentState {
    var colour: TextColour? {
        switch self {
        case .armed: .warning
        case .booting, .installing, .staged, .firstboot: .active
        case .deployed: .good
        case .failed: .bad
        }
    }
}

extension Deployment {
    /// Since when the deployment is in its present state, as far as it is known.
    var stateSince: Timestamp {
        switch state {
        case .armed: armedAt
        case .deployed, .failed: finishedAt ?? lastEventAt ?? armedAt
        default: startedAt ?? armedAt
        }
    }
}
