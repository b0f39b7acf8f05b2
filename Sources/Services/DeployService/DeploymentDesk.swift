import DeploymentModel
import Logging
import MusterAPI
import MusterBase
import Synchronization

/// What operators ask of deployments: arm, clear, status, trace.
public struct DeploymentDesk: Sendable {
    let ledger: DeploymentLedger
    let profiles: any ProfileLookup
    /// A noderange to names in natural order; no range is every node.
    private let expandRange: RangeExpansion
    /// Rises with each change of what ranges stand for; nil when that is not known.
    let inventoryRevision: (@Sendable () -> Int64)?
    let heartbeatInterval: Int
    let clock: WallClock
    let logger: Logger

    private let watchedRanges = WatchedRanges()
    private var index: DeploymentIndex { ledger.index }

    init(
        ledger: DeploymentLedger, profiles: any ProfileLookup, expand: @escaping RangeExpansion,
        inventoryRevision: (@Sendable () -> Int64)?, heartbeatInterval: Int, clock: WallClock, logger: Logger
    ) {
        self.ledger = ledger
        self.profiles = profiles
        expandRange = expand
        self.inventoryRevision = inventoryRevision
        self.heartbeatInterval = heartbeatInterval
        self.clock = clock
        self.logger = logger
    }

    private func expand(_ range: String?) throws -> [String] { try expandRange(range, nodes(inState:)) }

    /// The nodes whose newest deployment stands in the state of that name, such as `failed`; nil when there is no such
    /// state.
    public func nodes(inState name: String) -> [String]? { DeploymentState(rawValue: name).map(index.nodes) }

    /// Nodes armed in one transaction.
    private let batchSize = 1000

    /// Arms nodes for a profile, or with `dryRun` only says what would be done.
    ///
    /// - Parameter caller: the operator's name, for the trace.
    public func deploy(_ request: DeployRequest, by caller: String) async throws -> DeployResponse {
        let boot = try profiles.boot(request.profile)
        let nodes = try expand(request.range)
        guard !nodes.isEmpty else {
            throw MusterError(.notFound, "'\(request.range)' is no node at all")
        }
        var refused: [DeployResponse.Refusal] = []
        let armed = nodes.filter { node in
            guard !request.force, let deployment = index.deployment(of: node), isUnderWay(deployment) else {
                return true
            }
            refused.append(
                .init(
                    node: node,
                    reason: "its deployment of \(deployment.profile) is \(deployment.state); --force gives that up"))
            return false
        }
        let response = DeployResponse(
            nodes: armed, refused: refused, image: boot.image?.description, revision: index.revision)
        guard !request.dryRun else { return response }
        for start in stride(from: 0, to: armed.count, by: batchSize) {
            try await arm(Array(armed[start..<min(start + batchSize, armed.count)]), request.profile, boot, by: caller)
        }
        return response
    }

    /// A node that is armed and has not begun may be armed again; one in the middle may not.
    private func isUnderWay(_ deployment: Deployment) -> Bool {
        !deployment.state.isOver && deployment.state != .armed
    }

    private func arm(_ nodes: [String], _ profile: String, _ boot: ProfileBoot, by caller: String) async throws {
        let now = clock.now()
        var random = SystemRandomNumberGenerator()
        let identifiers = Dictionary(
            uniqueKeysWithValues: nodes.map { ($0, newDeploymentID(&random)) })
        try await ledger.update(nodes) { node, record in
            var next = Deployment(
                id: identifiers[node] ?? newDeploymentID(&random), node: node, profile: profile, method: boot.method,
                image: boot.image?.description, armedAt: now, armedBy: caller)
            // The system that runs now may tell that it is alive until the new one has its key.
            next.formerKeyDigest = record?.deployment.keyDigest ?? record?.deployment.formerKeyDigest
            return record?.succeeded(by: next)
                ?? NodeRecord(
                    deployment: next, earlier: [], storedEvents: 0, formerImage: index.left(of: node))
        }
        for node in nodes {
            let event = TraceEvent(
                time: now, source: .operatorCommand, step: Step.armed, status: .done,
                message: "armed for \(profile) (\(boot.words)) by \(caller)")
            index.record([event], of: node, deployment: identifiers[node])
        }
    }

    /// Takes deployments back. A machine that was armed and has not begun keeps the one that it runs; all others are led to
    /// no loader any more, and their keys are dead.
    public func clear(_ range: String) async throws -> DeployResponse {
        let nodes = try expand(range)
        let known = nodes.filter { index.deployment(of: $0) != nil }
        for start in stride(from: 0, to: known.count, by: batchSize) {
            let batch = Array(known[start..<min(start + batchSize, known.count)])
            let kept = try await ledger.takeBack(batch)
            try await ledger.remove(batch.filter { !kept.contains($0) })
        }
        return DeployResponse(nodes: known, refused: [], image: nil, revision: index.revision)
    }

    /// Forgets all deployments of nodes that were removed from the inventory.
    public func forget(_ nodes: [String]) async throws {
        for start in stride(from: 0, to: nodes.count, by: batchSize) {
            try await ledger.remove(Array(nodes[start..<min(start + batchSize, nodes.count)]))
        }
    }

    public func status(_ range: String?) throws -> StatusList {
        let revision = index.revision
        return StatusList(nodes: try expand(range).map(status), revision: revision)
    }

    /// The versions that a machine may be reading, as far as it is known here, each with the nodes and why.
    ///
    /// What counts is in the store: a service that was started a moment ago, and has heard of no machine, knows it.
    public func imageUses() -> ImageUses {
        ImageUses(uses: Set(index.uses()).sorted { ($0.image, $0.node, $0.reason) < ($1.image, $1.node, $1.reason) })
    }

    /// Those of a range that changed after a revision, as soon as there is one. What it costs depends on what changed and
    /// not on how many nodes are watched.
    ///
    /// A range that names a state is refused: which nodes it stood for at that revision nobody knows any more.
    ///
    /// - Parameter wait: how long to wait for it; at most 60 seconds.
    public func status(_ range: String?, after revision: Int64, wait: Duration) async throws -> StatusList {
        let watched = try watchedNodes(range)
        if wait > .zero {
            await waitForChange(of: watched, after: revision, until: .now + min(wait, .seconds(60)))
        }
        let (changed, now) = index.changed(among: watched, after: revision)
        return StatusList(nodes: changed.map(status), revision: now)
    }

    private func watchedNodes(_ range: String?) throws -> WatchedNodes {
        guard let inventoryRevision else { return WatchedNodes(try expandLasting(range)) }
        return try watchedRanges.nodes(of: range, inventoryRevision: inventoryRevision(), expand: expandLasting)
    }

    /// The nodes of a range that stands for the same nodes as long as the inventory stays as it is.
    private func expandLasting(_ range: String?) throws -> [String] {
        let named = NamedState()
        let nodes = try expandRange(range) { name in
            let ofState = self.nodes(inState: name)
            if ofState != nil { named.name.withLock { $0 = name } }
            return ofState
        }
        if let state = named.name.withLock({ $0 }) {
            throw MusterError(
                .invalidInput, "changes after a revision cannot be asked for by the state '\(state)'",
                advice: "name the nodes: ask for those of the state without a revision first")
        }
        return nodes
    }

    private func waitForChange(
        of watched: WatchedNodes, after revision: Int64, until deadline: ContinuousClock.Instant
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await index.wait(for: watched, after: revision) }
            group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Changes and names that were looked at so far for those who wait.
    package var lookedAt: Int { index.lookedAt }

    /// How many wait for a change.
    package var waiterCount: Int { index.waiterCount }

    private func status(_ node: String) -> StatusList.Status {
        let deployment = index.deployment(of: node)
        let beat = index.heartbeat(of: node)
        let now = clock.now()
        let isAlive = beat.map { beat in
            !beat.heartbeat.goingDown && now - beat.receivedAt < .seconds(3 * heartbeatInterval)
        }
        return StatusList.Status(
            node: node, deployment: deployment, running: beat?.heartbeat.image, lastHeartbeat: beat?.receivedAt,
            alive: isAlive ?? false, tethered: beat?.heartbeat.isTethered, diagnosis: deployment?.diagnosis(at: now))
    }

    /// - Parameter deployment: an earlier deployment; nil for the newest.
    public func trace(of node: String, deployment: String?) async throws -> Trace {
        guard let record = index.indexed(node)?.record else {
            guard (try? expand(node)) == [node] else {
                throw MusterError(
                    .notFound, "there is no node '\(plain(node, limit: 64))'", advice: "see `muster node list`")
            }
            throw MusterError(
                .notFound, "node '\(plain(node, limit: 64))' has no deployment",
                advice: "see `muster status`, and arm it with `muster deploy`")
        }
        guard let wanted = deployment, wanted != record.deployment.id else {
            let events = try await ledger.trace(of: node, deployment: record.deployment.id)
            let now = index.indexed(node)?.record ?? record
            return Trace(
                node: node, deployment: now.deployment, events: events.map((now.refusals ?? []).counted),
                earlier: record.earlier)
        }
        guard record.earlier.contains(wanted), let earlier = try await ledger.earlier(wanted, of: node) else {
            throw MusterError(.notFound, "node '\(node)' has no deployment '\(plain(wanted, limit: 32))'")
        }
        let events = try await ledger.trace(of: node, deployment: wanted)
        return Trace(
            node: node, deployment: earlier.deployment, events: events.map((earlier.refusals ?? []).counted),
            earlier: record.earlier)
    }
}

/// The state that a range names.
private final class NamedState: Sendable {
    let name = Mutex<String?>(nil)
}
