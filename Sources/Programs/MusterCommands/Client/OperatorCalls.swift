import APIClient
import MusterAPI
import MusterBase

/// The operators' API in types: one function a call of ``OperatorPath``.
extension OperatorService {
    func version() async throws -> ServiceVersion {
        try await answer(OperatorRequest(.get, OperatorPath.version, patience: .seconds(10)))
    }

    func expand(_ range: String, shorten: Bool) async throws -> ExpandResponse {
        try await answer(.post, OperatorPath.expand, ExpandRequest(range: range, shorten: shorten))
    }

    func check() async throws -> CheckReport { try await answer(OperatorRequest(.get, OperatorPath.check)) }

    // MARK: Nodes and groups

    /// - Parameter range: nil for all nodes.
    func nodes(_ range: String?) async throws -> NodeList {
        try await answer(OperatorRequest(.get, OperatorPath.nodes).with("range", range))
    }

    func groups() async throws -> GroupList { try await answer(OperatorRequest(.get, OperatorPath.groups)) }

    func define(_ kind: InventoryKind, _ range: String, _ assignments: [String]) async throws -> ChangeResponse {
        try await answer(.post, kind.path, ChangeRequest(range: range, assignments: assignments))
    }

    func change(_ kind: InventoryKind, _ range: String, _ assignments: [String]) async throws -> ChangeResponse {
        try await answer(.patch, kind.path, ChangeRequest(range: range, assignments: assignments))
    }

    func remove(_ kind: InventoryKind, _ range: String) async throws -> ChangeResponse {
        try await answer(OperatorRequest(.delete, kind.path).with("range", range))
    }

    /// - Parameter patterns: Names of attributes, or patterns with `*`; none: all that are set.
    func attributes(_ kind: InventoryKind, _ range: String, _ patterns: [String]) async throws -> AttributeList {
        let request = OperatorRequest(.get, kind.attributesPath).with("range", range)
        return try await answer(patterns.reduce(request) { $0.with("attribute", $1) })
    }

    func attributeDefinitions() async throws -> AttributeDefinitionList {
        try await answer(OperatorRequest(.get, OperatorPath.attributeDefinitions))
    }

    func recoveryKeys(_ node: String) async throws -> RecoveryKeyList {
        try await answer(OperatorRequest(.get, "\(OperatorPath.recoveryKeys)/\(node)"))
    }

    // MARK: Machines that nobody has defined

    func discoveries() async throws -> DiscoveryList {
        try await answer(OperatorRequest(.get, OperatorPath.discoveries))
    }

    func assign(_ assignment: DiscoveryAssignment) async throws -> ChangeResponse {
        try await answer(.post, OperatorPath.discoveryAssignment, assignment)
    }

    /// - Parameter machine: MAC address or UUID; nil for all machines.
    func forgetDiscovery(_ machine: String?) async throws {
        _ = try await send(OperatorRequest(.delete, OperatorPath.discoveries).with("machine", machine))
    }

    // MARK: Profiles and deployments

    func profiles() async throws -> ProfileList { try await answer(OperatorRequest(.get, OperatorPath.profiles)) }

    func profile(_ name: String) async throws -> ProfileDescription {
        try await answer(OperatorRequest(.get, "\(OperatorPath.profiles)/\(name)"))
    }

    func deploy(_ request: DeployRequest) async throws -> DeployResponse {
        try await answer(.post, OperatorPath.deployments, request)
    }

    func clearDeployments(_ range: String) async throws -> DeployResponse {
        try await answer(OperatorRequest(.delete, OperatorPath.deployments).with("range", range))
    }

    /// - Parameter range: nil for all nodes.
    func status(_ range: String?) async throws -> StatusList {
        try await answer(OperatorRequest(.get, OperatorPath.status).with("range", range))
    }

    func imageUses() async throws -> ImageUses {
        try await answer(OperatorRequest(.get, OperatorPath.imageUses))
    }

    /// Waits until a node of the range changed after that revision, at most `seconds` (at most 60).
    func status(_ range: String, after revision: Int64, wait seconds: Int) async throws -> StatusList {
        let request = OperatorRequest(.get, OperatorPath.status, patience: .seconds(seconds + 30))
        return try await answer(
            request.with("range", range).with("after", String(revision)).with("wait", String(seconds)))
    }

    /// - Parameter deployment: nil for the newest.
    func trace(_ node: String, deployment: String?) async throws -> Trace {
        let request = OperatorRequest(.get, "\(OperatorPath.trace)/\(node)")
        return try await answer(request.with("deployment", deployment))
    }
}

extension OperatorService {
    private func answer<Answer: Decodable>(_ request: OperatorRequest) async throws -> Answer {
        let body = try await send(request)
        return try MusterJSON.decode(
            from: body, of: "the service's answer to \(request.method.rawValue) \(request.path)")
    }

    private func answer<Answer: Decodable>(
        _ method: OperatorRequest.Method, _ path: String, _ body: some Encodable
    ) async throws -> Answer {
        try await answer(OperatorRequest(method, path, body: try MusterJSON.encode(body)))
    }
}

/// Nodes and groups are listed, defined and changed by the same calls on different paths.
enum InventoryKind: Sendable {
    case node
    case group

    var path: String { self == .node ? OperatorPath.nodes : OperatorPath.groups }
    var attributesPath: String { self == .node ? OperatorPath.nodeAttributes : OperatorPath.groupAttributes }
    var noun: String { self == .node ? "node" : "group" }
}
