import AnsibleRunner
import BootPolicy
import CertificateAuthority
import DHCPService
import DeployService
import Glibc
import Images
import InventoryStore
import LinuxSystem
import Logging
import MusterAPI
import MusterBase
import NodeRange
import Profiles
import ServiceLifecycle
import Store
import StoreSQLite
import TFTPService
import Telemetry
import WebService

/// One member: opens what is kept, wires the services, and runs them until it is told to stop.
///
/// The only place where services meet.
public struct Daemon: Sendable {
    let directory: StateDirectory
    let settings: Settings
    let metrics: MetricsRegistry
    let logger: Logger
    let clock = WallClock.system
    let listeners: ListenerTable
    private let shutdownDeadline: ShutdownDeadline
    /// Seconds after which what still runs is cancelled, and after which the process is ended.
    private static let shutdownGrace = 15.0
    private static let shutdownLimit = 25.0

    /// - Parameter metrics: what all parts count to, and what is shown of it.
    public init(directory: StateDirectory, settings: Settings, metrics: MetricsRegistry, logger: Logger) {
        self.directory = directory
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
        listeners = ListenerTable(clock: clock, metrics: metrics)
        shutdownDeadline = ShutdownDeadline(allowance: Self.shutdownLimit) {
            let line = Array("musterd: the shutdown takes too long: ending at once\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            _exit(1)
        }
    }

    /// Serves until SIGTERM or SIGINT. Throws when it cannot begin.
    public func run() async throws {
        try checkPermissions(of: directory)
        let authority = try openAuthority()
        let store = try await SQLiteStore.open(directory.database)
        do {
            try await serve(store: store, authority: authority)
        } catch {
            try? await store.close()
            throw error
        }
        try await store.close()
    }

    private func openAuthority() throws -> SiteAuthority {
        do {
            return try SiteAuthority.open(at: "\(directory.privateDirectory)/site", clock: clock)
        } catch let error as MusterError where error.code == .notFound {
            throw MusterError(
                .notFound, "there is no site in \(directory)", advice: "make one: muster init --state-dir \(directory)")
        }
    }

    private func serve(store: any Store, authority: SiteAuthority) async throws {
        let leaseStore = LeaseStore(store: store, metrics: metrics, logger: labelled("leases"))
        let leases = LeaseTable(journal: leaseStore)
        leases.restore(try await leaseStore.load(at: clock.now()))
        let inventoryLogger = labelled("inventory")
        let inventory = try await InventoryStore.open(store: store) { event in
            inventoryLogger.debug("inventory", metadata: ["event": "\(event)"])
        }
        let profiles = try ProfileStore(publicDirectory: directory.publicDirectory)
        let stages = StageCatalog(profiles)
        let catalog = ProfileCatalog(
            profiles, keys: ChunkKeys(privateDirectory: directory.privateDirectory), stages: stages)
        let deploy = try await DeployService.open(
            surroundings(
                store: store, inventory: inventory, profiles: catalog, stages: stages, leases: leases,
                authority: authority))
        publishMetrics(deploy)
        let identity = try MemberIdentity(
            path: "\(directory.privateDirectory)/site/member.pem", settings: settings, authority: authority,
            logger: labelled("identity"))
        let control = try controlServer(authority, inventory, deploy, catalog)
        let networks = try networkServices(deploy: deploy, inventory: inventory, leases: leases, identity: identity)
        logger.info(
            "starting", metadata: ["version": "\(MusterVersion.current)", "site": "\(authority.siteName)"])
        let services: [any Service] =
            [leaseStore, InventoryWatch(inventory: inventory), deploy] + networks + [control]
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: lifecycleLogger)
        // Then what still runs is cancelled.
        configuration.maximumGracefulShutdownDuration = .seconds(Self.shutdownGrace)
        shutdownDeadline.watch([SIGTERM, SIGINT])
        try await ServiceGroup(configuration: configuration).run()
        logger.info("stopped")
    }

    /// At lower levels it prints whole services, over pages.
    private var lifecycleLogger: Logger {
        var logger = labelled("lifecycle")
        logger.logLevel = max(.notice, logger.logLevel)
        return logger
    }

    private func labelled(_ name: String) -> Logger {
        var logger = Logger(label: "musterd.\(name)")
        logger.logLevel = self.logger.logLevel
        return logger
    }

    /// What is counted elsewhere.
    private func publishMetrics(_ deploy: DeployService) {
        let startedAt = Double(clock.now().seconds)
        metrics.publish("muster_build_info", .gauge, dimensions: [("version", MusterVersion.current)]) { 1 }
        metrics.publish("muster_start_time_seconds", .gauge) { startedAt }
        metrics.publish("muster_trace_events_dropped_total", .counter) { Double(deploy.droppedEvents) }
    }

    private func surroundings(
        store: any Store, inventory: InventoryStore, profiles: ProfileCatalog, stages: StageCatalog,
        leases: LeaseTable, authority: SiteAuthority
    ) throws -> DeployService.Surroundings {
        let settings = settings
        let clock = clock
        return DeployService.Surroundings(
            store: store, nodes: InventoryLookup(inventory), profiles: profiles, stages: stages,
            plays: .init(
                runner: try ansible(authority), limit: settings.playsAtOnce,
                timeout: .seconds(settings.playsTimeout)),
            links: LinkTable(leases: leases, clock: clock) { Self.neighbour($0, settings) },
            signer: try siteSigner(authority),
            expand: { range, sets in
                guard let range else { return inventory.snapshot.nodeNames.names }
                return try inventory.snapshot.expand(try NodeRange(range), sets: sets).names
            },
            inventoryRevision: { inventory.revision }, members: { Self.members(settings) },
            mirrors: settings.mirrors,
            heartbeatInterval: settings.heartbeat, clock: clock, logger: labelled("deploy"))
    }

    private func ansible(_ authority: SiteAuthority) throws -> AnsiblePlays {
        let plays = AnsiblePlays(
            directory: directory.playsDirectory, knownHosts: [try authority.knownHostsLine()]
        ) { publicKey, keyID, lifetime in
            try authority.signUserKey(
                publicKey, principals: ["root"], lifetime: lifetime, serial: UInt64.random(in: 1 ... .max),
                keyID: keyID)
        }
        try plays.prepare()
        return plays
    }

    private func siteSigner(_ authority: SiteAuthority) throws -> SiteSigner {
        SiteSigner(
            signHostKey: { key, node, principals in
                try authority.signHostKey(
                    key, principals: principals, serial: UInt64.random(in: 1 ... .max), keyID: "host \(node)")
            },
            userAuthority: try authority.userAuthorityKey.line(comment: "users of \(authority.siteName)"),
            knownHosts: [try authority.knownHostsLine()])
    }

    private func controlServer(
        _ authority: SiteAuthority, _ inventory: InventoryStore, _ deploy: DeployService, _ catalog: ProfileCatalog
    ) throws -> ControlServer {
        let api = OperatorAPI(
            inventory: InventoryDesk(inventory, deployments: deploy.deployments), service: deploy, profiles: catalog,
            version: ServiceVersion(
                version: MusterVersion.current, site: authority.siteName, process: Int(getpid()),
                startedAt: clock.now()),
            check: { [settings, directory, listeners, metrics] in
                await ServiceCheck(
                    settings: settings, directory: directory, deploy: deploy, catalog: catalog, listeners: listeners,
                    metrics: metrics, inventory: inventory
                ).report()
            }, metrics: metrics)
        listeners.expect("control", at: directory.socket)
        return ControlServer(
            [.unix(path: directory.socket)], routes: api.routes, metrics: metrics, logger: labelled("control")
        ) { [listeners] address in
            listeners.listens("control", at: "\(address)")
            ReadinessNotice.send()
        }
    }

    /// All services of networks; none when the settings name no network.
    private func networkServices(
        deploy: DeployService, inventory: InventoryStore, leases: LeaseTable, identity: MemberIdentity
    ) throws -> [any Service] {
        guard !settings.networks.isEmpty else {
            logger.notice(
                "no network is served: the settings name none", metadata: ["file": "\(directory.settingsFile)"])
            return []
        }
        let fetches = FetchObserver(boot: deploy.boot, inventory: inventory, leases: leases, clock: clock)
        let distributions = ["\(directory.path)/distributions"]
        let files = try PublicFiles(directory.publicDirectory, allowing: distributions)
        for network in settings.networks { listeners.expect("dhcp", at: network.interface) }
        return [
            identity, try tftpServer(allowing: distributions, fetches),
            publicServer(files, fetches), secureServer(files, identity, deploy),
            DHCPService(
                settings: try settings.dhcp(), directory: deploy.boot, leases: leases, metrics: metrics,
                logger: labelled("dhcp"), onChange: { [listeners] in listeners.note($0) }),
        ]
    }

    private func tftpServer(allowing distributions: [String], _ fetches: FetchObserver) throws -> TFTPServer {
        let addresses = TFTPListenAddress.everywhere(port: settings.tftpPort)
        for address in addresses { listeners.expect("tftp", at: "\(address)") }
        return TFTPServer(
            addresses, files: try TFTPFiles(directory.publicDirectory, allowing: distributions), metrics: metrics,
            logger: labelled("tftp"), onListening: { [listeners] in listeners.listens("tftp", at: "\($0)") },
            onTrouble: { [listeners] in listeners.fails("tftp", at: "\($0)", $1) }, observer: fetches.tftp)
    }

    private var webLimits: WebLimits { WebLimits(connectionsPerAddress: settings.connectionsPerAddress) }

    private func publicServer(_ files: PublicFiles, _ fetches: FetchObserver) -> PublicServer {
        let addresses = ListenAddress.everywhere(port: settings.httpPort)
        for address in addresses { listeners.expect("http", at: "\(address)") }
        return PublicServer(
            addresses, files: files, limits: webLimits, metrics: metrics, logger: labelled("http"),
            onListening: { [listeners] in listeners.listens("http", at: "\($0)") },
            onTrouble: { [listeners] in listeners.fails("http", at: "\($0)", $1) }, observer: fetches.http)
    }

    private func secureServer(
        _ files: PublicFiles, _ identity: MemberIdentity, _ deploy: DeployService
    ) -> SecureServer {
        let addresses = ListenAddress.everywhere(port: settings.httpsPort)
        for address in addresses { listeners.expect("https", at: "\(address)") }
        return SecureServer(
            addresses, identity: identity.tls, files: files, nodes: NodeAPI(desk: deploy.node), limits: webLimits,
            metrics: metrics, logger: labelled("https"),
            onListening: { [listeners] in listeners.listens("https", at: "\($0)") },
            onTrouble: { [listeners] in listeners.fails("https", at: "\($0)", $1) })
    }

    /// Who answers for an address on the served networks; other networks of this machine do not count.
    private static func neighbour(_ address: IPv4Address, _ settings: Settings) -> MACAddress? {
        let served = Set(settings.networks.map(\.interface))
        for interface in (try? NetworkInterface.all()) ?? []
        where served.contains(interface.name) && interface.addresses.contains(where: { $0.contains(address) }) {
            if let mac = try? NeighbourTable.macAddress(of: address, interfaceIndex: interface.index) { return mac }
        }
        return nil
    }

    /// Addresses and ports at which nodes find this member.
    static func members(_ settings: Settings) -> [String] {
        let served = Set(settings.networks.map(\.interface))
        let interfaces = (try? NetworkInterface.all()) ?? []
        return interfaces.filter { served.contains($0.name) }.flatMap(\.addresses)
            .map { "\($0.address):\(settings.httpsPort)" }
    }
}

/// Takes in what other members change in the inventory.
private struct InventoryWatch: Service {
    let inventory: InventoryStore

    func run() async throws {
        await cancelWhenGracefulShutdown { await inventory.run() }
    }
}
