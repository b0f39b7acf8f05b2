import DeploymentModel
import MusterAPI
import MusterBase
import Store

extension DeploymentLedger {
    /// Puts the deployment before an arming in its place again, where the machine has not begun with the new one: it still
    /// runs what it ran, and goes on telling so.
    ///
    /// - Returns: those of the nodes for which there was such a deployment.
    func takeBack(_ nodes: [String]) async throws -> Set<String> {
        var taken: Set<String> = []
        for node in nodes {
            for _ in 0..<attempts {
                guard let indexed = index.indexed(node), let former = try await former(of: node, indexed.record) else {
                    break
                }
                let armed = indexed.record.deployment.id
                let transaction = Transaction(
                    conditions: [condition(node, indexed)],
                    changes: [
                        .put(NodeRecord.key(node), try MusterJSON.encode(former)),
                        .delete(NodeRecord.earlierKey(node, former.deployment.id)),
                        .deletePrefix(NodeRecord.tracePrefix(node, armed)),
                    ])
                let result = try await store.transact(transaction)
                try await reload(node)
                guard case .committed = result else { continue }
                taken.insert(node)
                break
            }
        }
        return taken
    }

    /// The record of the deployment that a machine runs which was armed anew and has not begun; nil for all others.
    private func former(of node: String, _ record: NodeRecord) async throws -> NodeRecord? {
        let armed = record.deployment
        guard armed.state == .armed, armed.keyDigest == nil, let identifier = record.earlier.first,
            let earlier = try await earlier(identifier, of: node), earlier.deployment.keyDigest != nil,
            earlier.deployment.keyDigest == armed.formerKeyDigest
        else { return nil }
        return NodeRecord(
            deployment: earlier.deployment, earlier: Array(record.earlier.dropFirst()),
            storedEvents: try await trace(of: node, deployment: identifier).count, refusals: earlier.refusals)
    }
}
