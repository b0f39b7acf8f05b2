import DeployService
import MusterAPI
import MusterBase
import Telemetry
import WebService

/// The routes of the operators' API: each reads its request, asks a desk, and gives the answer as JSON.
struct OperatorAPI: Sendable {
    let inventory: InventoryDesk
    let service: DeployService
    let profiles: ProfileCatalog
    let version: ServiceVersion
    let check: @Sendable () async -> CheckReport
    let metrics: MetricsRegistry

    var routes: [OperatorRoute] {
        nodeRoutes + groupRoutes + discoveryRoutes + deploymentRoutes + [
            get(OperatorPath.version) { _ in version },
            OperatorRoute("POST", OperatorPath.expand) { request in
                try .json(inventory.expand(request.decode(ExpandRequest.self)))
            },
            get(OperatorPath.attributeDefinitions) { _ in inventory.definitions() },
            get(OperatorPath.profiles) { _ in ProfileList(profiles: try profiles.descriptions()) },
            get(OperatorPath.profiles + "/{name}") { try profiles.description($0.parameter("name")) },
            get(OperatorPath.check) { _ in await check() },
            .metrics(metrics),
        ]
    }

    private var nodeRoutes: [OperatorRoute] {
        [
            get(OperatorPath.nodes) { try inventory.nodes($0.query("range")) },
            change("POST", OperatorPath.nodes, inventory.defineNodes),
            change("PATCH", OperatorPath.nodes, inventory.setNodes),
            OperatorRoute("DELETE", OperatorPath.nodes) { request in
                try .json(await inventory.removeNodes(range(of: request)))
            },
            get(OperatorPath.recoveryKeys + "/{node}") {
                try await service.recoveryKeys.keys(of: $0.parameter("node"))
            },
            get(OperatorPath.nodeAttributes) {
                try inventory.nodeAttributes(range(of: $0), $0.queryValues("attribute"))
            },
        ]
    }

    private var groupRoutes: [OperatorRoute] {
        [
            get(OperatorPath.groups) { try inventory.groups($0.query("range")) },
            change("POST", OperatorPath.groups, inventory.defineGroups),
            change("PATCH", OperatorPath.groups, inventory.setGroups),
            OperatorRoute("DELETE", OperatorPath.groups) { request in
                try .json(await inventory.removeGroups(range(of: request)))
            },
            get(OperatorPath.groupAttributes) {
                try inventory.groupAttributes(range(of: $0), $0.queryValues("attribute"))
            },
        ]
    }

    private var discoveryRoutes: [OperatorRoute] {
        [
            get(OperatorPath.discoveries) { _ in DiscoveryList(machines: service.discoveries.all()) },
            OperatorRoute("DELETE", OperatorPath.discoveries) { request in
                _ = try service.discoveries.forget(request.query("machine"))
                return .noContent
            },
            OperatorRoute("POST", OperatorPath.discoveryAssignment) { request in
                try .json(
                    await inventory.assign(
                        request.decode(DiscoveryAssignment.self), discoveries: service.discoveries))
            },
        ]
    }

    private var deploymentRoutes: [OperatorRoute] {
        [
            OperatorRoute("POST", OperatorPath.deployments) { request in
                let caller = request.caller.map { "\($0)" } ?? "unknown"
                return try .json(await service.deployments.deploy(request.decode(DeployRequest.self), by: caller))
            },
            OperatorRoute("DELETE", OperatorPath.deployments) { request in
                try .json(await service.deployments.clear(range(of: request)))
            },
            get(OperatorPath.status) { request in
                guard let after = try request.queryNumber("after") else {
                    return try service.deployments.status(request.query("range"))
                }
                let wait = try request.queryNumber("wait") ?? 30
                return try await service.deployments.status(
                    request.query("range"), after: after, wait: .seconds(min(60, max(0, wait))))
            },
            get(OperatorPath.imageUses) { _ in service.deployments.imageUses() },
            get(OperatorPath.trace + "/{node}") { request in
                try await service.deployments.trace(
                    of: request.parameter("node"), deployment: request.query("deployment"))
            },
        ]
    }

    private func get<Answer: Encodable & SendableMetatype>(
        _ path: String, _ answer: @escaping @Sendable (OperatorRequest) async throws -> Answer
    ) -> OperatorRoute {
        OperatorRoute("GET", path) { request in try .json(await answer(request)) }
    }

    private func change(
        _ method: String, _ path: String,
        _ change: @escaping @Sendable (ChangeRequest) async throws -> ChangeResponse
    ) -> OperatorRoute {
        OperatorRoute(method, path) { request in try .json(await change(request.decode(ChangeRequest.self))) }
    }

    private func range(of request: OperatorRequest) throws -> String {
        guard let range = request.query("range"), !range.isEmpty else {
            throw MusterError(.invalidInput, "query item 'range' is missing: a noderange is wanted")
        }
        return range
    }
}
