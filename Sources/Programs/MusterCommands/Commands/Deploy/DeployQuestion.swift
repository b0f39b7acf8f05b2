import MusterAPI
import MusterBase
import NodeRange

/// Shows on a terminal what a deployment would do, and asks when it is to many machines or to one that runs.
struct DeployQuestion {
    private let client: any OperatorService
    private let request: DeployRequest

    /// - Parameter request: With `dryRun`.
    init(_ client: any OperatorService, _ request: DeployRequest) {
        self.client = client
        self.request = request
    }

    func isAgreed(in context: CommandContext) async throws -> Bool {
        let response = try await client.deploy(request)
        let running = response.nodes.isEmpty ? [] : try await runningNodes(among: response.nodes)
        try context.errors.write(DeployPlan(profile: request.profile, response).text(running: running))
        // Nothing to agree to: the request itself then says why.
        guard response.nodes.count > 1 || !running.isEmpty else { return true }
        try context.errors.write("Go ahead? [y/N] ")
        let answer = (context.readLine() ?? "").lowercased()
        return answer == "y" || answer == "yes"
    }

    private func runningNodes(among nodes: [String]) async throws -> [String] {
        try await client.status(NodeSet(nodes).description).nodes
            .filter { $0.alive || $0.deployment?.state == .deployed }.map(\.node)
    }
}
