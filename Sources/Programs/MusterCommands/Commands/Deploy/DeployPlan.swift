import MusterAPI
import MusterBase
import NodeRange

/// What a deployment does, in words.
struct DeployPlan {
    private let profile: String
    private let response: DeployResponse

    init(profile: String, _ response: DeployResponse) {
        self.profile = profile
        self.response = response
    }

    private var target: String { response.image.map { "\(profile) (\($0))" } ?? profile }

    /// Before: what will be done to how many, and who is left out.
    ///
    /// - Parameter running: The nodes among them that run now, and go down for it.
    func text(running: [String]) -> String {
        var text =
            response.nodes.isEmpty
            ? "Nothing would be deployed.\n"
            : "Deploy \(target) to \(counted(response.nodes.count, "node")): \(NodeSet(response.nodes))\n"
        if !running.isEmpty {
            text += "  \(counted(running.count, "node")) running now: \(NodeSet(running))\n"
        }
        for (reason, nodes) in refusals() {
            text += "  left out: \(NodeSet(nodes)): \(printable(reason))\n"
        }
        return text
    }

    /// After: what was done.
    func done(_ nodes: [String]) -> String {
        guard !nodes.isEmpty else { return "no node was armed\n" }
        return "armed \(counted(nodes.count, "node")) with \(target): \(NodeSet(nodes))\n"
    }

    /// What is left to do for the operator, since nobody else switches machines on.
    func restartAdvice(_ nodes: [String]) -> String {
        nodes.count == 1
            ? "restart \(nodes[0]), or switch it on: it boots into \(target) at its next network boot"
            : "restart them, or switch them on: each boots into \(target) at its next network boot"
    }

    /// The reasons in the order in which they come, each with all its nodes.
    private func refusals() -> [(reason: String, nodes: [String])] {
        var order: [String] = []
        var nodes: [String: [String]] = [:]
        for refusal in response.refused {
            if nodes[refusal.reason] == nil { order.append(refusal.reason) }
            nodes[refusal.reason, default: []].append(refusal.node)
        }
        return order.map { ($0, nodes[$0] ?? []) }
    }
}
