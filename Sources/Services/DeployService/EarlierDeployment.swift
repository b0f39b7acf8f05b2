import DeploymentModel

/// What the store holds of a deployment before a node's newest: the deployment, and beside its own keys what was refused.
struct EarlierDeployment: Codable {
    var deployment: Deployment
    var refusals: [Refusal]?

    private enum CodingKeys: CodingKey { case refusals }

    init(_ record: NodeRecord) {
        deployment = record.deployment
        refusals = record.refusals
    }

    init(from decoder: any Decoder) throws {
        deployment = try Deployment(from: decoder)
        refusals = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent([Refusal].self, forKey: .refusals)
    }

    func encode(to encoder: any Encoder) throws {
        try deployment.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(refusals, forKey: .refusals)
    }
}
