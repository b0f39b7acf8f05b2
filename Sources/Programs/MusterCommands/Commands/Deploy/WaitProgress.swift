import DeploymentModel
import MusterAPI
import MusterBase

/// How far the nodes of a `deploy --wait` are: takes what the service says in, and tells what changed. No I/O.
struct WaitProgress: Sendable {
    /// In the order in which they are shown.
    let nodes: [String]
    private(set) var status: [String: StatusList.Status] = [:]

    init(_ nodes: [String]) { self.nodes = nodes }

    /// What is known, in order.
    var statuses: [StatusList.Status] { nodes.compactMap { status[$0] } }

    /// Takes in an answer of the service; gives those nodes whose state or step is another now.
    mutating func apply(_ list: StatusList) -> [StatusList.Status] {
        let wanted = status.count == nodes.count ? nil : Set(nodes)
        var changed: [StatusList.Status] = []
        for next in list.nodes where wanted?.contains(next.node) ?? (status[next.node] != nil) {
            let before = status.updateValue(next, forKey: next.node)
            if WaitProgress.isNews(next.deployment, after: before?.deployment) { changed.append(next) }
        }
        return changed
    }

    /// A step's progress alone is no news: a log would be full of it.
    private static func isNews(_ next: Deployment?, after before: Deployment?) -> Bool {
        guard let next, let before else { return next != nil || before != nil }
        if next.state != before.state || next.id != before.id { return true }
        return next.progress == nil && next.lastStep != before.lastStep
    }

    /// True when nothing more is expected of any node.
    ///
    /// A deployment that was cleared meanwhile is over, too.
    var isOver: Bool {
        nodes.allSatisfy { node in
            guard let known = status[node] else { return false }
            return known.deployment?.state.isOver ?? true
        }
    }

    /// One line for each node that is not deployed, why.
    var failures: [String] {
        nodes.compactMap { node in
            guard let deployment = status[node]?.deployment else { return "\(node): nothing is known of it" }
            switch deployment.state {
            case .deployed: return nil
            case .failed: return "\(node): \(deployment.failure ?? "failed")"
            default:
                let step = deployment.lastStep.map { ", last '\($0)'" } ?? ""
                return "\(node): not deployed in time, \(deployment.state.rawValue)\(step)"
            }
        }
    }

    /// `40 nodes: 38 deployed, 2 booting`
    func summary(_ style: TextStyle) -> String {
        "\(counted(nodes.count, "node")): " + stateCounts(statuses.map { $0.deployment?.state }, style)
    }
}
