import MusterAPI
import MusterBase
import NodeRange

/// Shows on a terminal what a deployment would do, and asks when it is to many machines or to one that runs.
struct DeployQuestion {
    private let client: any OperatorService
    private var request: DeployRequest

    /// - Parameter request: What will be asked for.
    init(_ client: any OperatorService, _ request: DeployRequest) {
        self.client = client
        self.request = request
        self.request.dryRun = true
    }

    /// The nodes that were shown, all of which the request is about: what a state stands for may be others by the time of
    /// the answer. Nil when the operator does not agree.
    func agreedRange(in context: CommandContext) async throws -> String? {
        let response = try await client.deploy(request)
        let running = response.nodes.isEmpty ? [] : try await runningNodes(among: response.nodes)
        try context.errors.write(DeployPlan(profile: request.profile, response).text(running: running))
        let shown = NodeSet(response.nodes + response.refused.map(\.node)).description
        // Nothing to agree to: the request itself then says why.
        guard response.nodes.count > 1 || !running.isEmpty else { return shown }
        try context.errors.write("Go ahead? [y/N] ")
        let answer = (context.readLine() ?? "").lowercased()
        return answer == "y" || answer == "yes" ? shown : nil
    }

    private func runningNodes(among nodes: [String]) async throws -> [String] {
        try await client.status(NodeSet(nodes).description).nodes
            .filter { $0.alive || $0.deployment?.state == .deployed }.map(\.node)
    }
}
