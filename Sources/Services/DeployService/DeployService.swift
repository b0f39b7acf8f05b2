import AnsibleRunner
import BootPolicy
import DeploymentModel
import Logging
import MusterAPI
import MusterBase
import ServiceLifecycle
import Store

/// All that serves deployments in one member: what the boot services, the nodes and the operators talk to.
public struct DeployService: Service {
    /// For the DHCP service.
    public let boot: BootDesk
    /// For the node API.
    public let node: NodeDesk
    /// For the operators' API.
    public let deployments: DeploymentDesk
    public let discoveries: DiscoveryRegistry
    public let recoveryKeys: RecoveryKeyDesk

    private let ledger: DeploymentLedger
    private let successions: SuccessionQueue
    private let plays: PlayDesk
    private let logger: Logger

    /// Who runs plays, and how many at once.
    public struct PlaySettings: Sendable {
        public var runner: any PlayRunner
        public var limit: Int
        /// Of all plays of one stage on one node.
        public var timeout: Duration

        public init(runner: any PlayRunner, limit: Int = 4, timeout: Duration = .seconds(3600)) {
            self.runner = runner
            self.limit = limit
            self.timeout = timeout
        }
    }

    /// What it needs from outside.
    public struct Surroundings: Sendable {
        public var store: any Store
        public var nodes: any NodeLookup
        public var profiles: any ProfileLookup
        public var stages: any StageLookup
        public var plays: PlaySettings
        public var links: LinkTable
        public var signer: SiteSigner
        /// A noderange to names in natural order; no range is every node. It is handed what gives the nodes of a state of
        /// deployments by its name, which ranges may use as the name of a set.
        public var expand: RangeExpansion
        /// Rises with each change of what ranges stand for, so that a range need not be expanded again before; nil when
        /// that is not known.
        public var inventoryRevision: (@Sendable () -> Int64)?
        /// Addresses and ports of the members' HTTPS ports.
        public var members: @Sendable () -> [String]
        /// The same of servers that have the public files alone.
        public var mirrors: [String]
        /// Seconds.
        public var heartbeatInterval: Int
        public var clock: WallClock
        public var logger: Logger

        public init(
            store: any Store, nodes: any NodeLookup, profiles: any ProfileLookup, stages: any StageLookup,
            plays: PlaySettings, links: LinkTable, signer: SiteSigner,
            expand: @escaping RangeExpansion,
            inventoryRevision: (@Sendable () -> Int64)? = nil, members: @escaping @Sendable () -> [String],
            mirrors: [String] = [], heartbeatInterval: Int, clock: WallClock, logger: Logger
        ) {
            self.store = store
            self.nodes = nodes
            self.profiles = profiles
            self.stages = stages
            self.plays = plays
            self.links = links
            self.signer = signer
            self.expand = expand
            self.inventoryRevision = inventoryRevision
            self.members = members
            self.mirrors = mirrors
            self.heartbeatInterval = heartbeatInterval
            self.clock = clock
            self.logger = logger
        }
    }

    /// Reads what the store has.
    public static func open(_ around: Surroundings) async throws -> DeployService {
        let index = DeploymentIndex(firstRevision: around.clock.now().microseconds)
        let ledger = DeploymentLedger(store: around.store, index: index, logger: around.logger)
        try await ledger.load()
        let discoveries = DiscoveryRegistry(store: around.store, logger: around.logger)
        try await discoveries.load()
        return DeployService(around, ledger: ledger, discoveries: discoveries)
    }

    private init(_ around: Surroundings, ledger: DeploymentLedger, discoveries: DiscoveryRegistry) {
        self.ledger = ledger
        self.discoveries = discoveries
        logger = around.logger
        successions = SuccessionQueue(ledger: ledger, clock: around.clock, logger: around.logger)
        boot = BootDesk(
            nodes: around.nodes, profiles: around.profiles, ledger: ledger, discoveries: discoveries,
            successions: successions, clock: around.clock)
        recoveryKeys = RecoveryKeyDesk(store: around.store, clock: around.clock)
        plays = PlayDesk(
            around.plays.runner, index: ledger.index, limit: around.plays.limit, timeout: around.plays.timeout,
            clock: around.clock, logger: around.logger)
        node = NodeDesk(
            nodes: around.nodes, ledger: ledger, profiles: around.profiles, discoveries: discoveries,
            recoveryKeys: recoveryKeys, stages: around.stages,
            fileDesk: FileDesk(
                stages: around.stages,
                members: RangeMembers(expand: around.expand, inventoryRevision: around.inventoryRevision)),
            playDesk: plays, links: around.links, signer: around.signer, members: around.members,
            mirrors: around.mirrors,
            heartbeatInterval: around.heartbeatInterval, clock: around.clock, logger: around.logger)
        deployments = DeploymentDesk(
            ledger: ledger, profiles: around.profiles, expand: around.expand,
            inventoryRevision: around.inventoryRevision, heartbeatInterval: around.heartbeatInterval,
            clock: around.clock, logger: around.logger)
    }

    /// Events that were dropped because the store could not keep up.
    public var droppedEvents: Int { ledger.index.droppedEvents }

    /// Brings to the store what is written behind, until the service stops; what waits then is written first.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await ledger.run() }
            group.addTask { try await discoveries.run() }
            group.addTask { try await successions.run() }
            group.addTask { await cancelWhenGracefulShutdown { await plays.run() } }
            try await group.waitForAll()
        }
        await ledger.finish()
    }

    /// How many changes of deployments wait for a transaction.
    package var waitingChanges: Int { get async { await ledger.waitingChanges } }
}
