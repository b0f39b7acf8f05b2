import BootPolicy
import CertificateAuthority
import DHCPService
import DeployService
import Glibc
import InventoryStore
import LinuxSystem
import Logging
import MusterAPI
import MusterBase
import Profiles
import ServiceLifecycle
import Store
import StoreSQLite
import TFTPService
import WebService

/// One member: opens what is kept, wires the services, and runs them until it is told to stop.
///
/// The only place where services meet.
public struct Daemon: Sendable {
    let directory: StateDirectory
    let settings: Settings
    let logger: Logger
    let clock = WallClock.system

    public init(directory: StateDirectory, settings: Settings, logger: Logger) {
        self.directory = directory
        self.settings = settings
        self.logger = logger
    }

    /// Serves until SIGTERM or SIGINT. Throws when it cannot begin.
    public func run() async throws {
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
        let leaseStore = LeaseStore(store: store, logger: labelled("leases"))
        let leases = LeaseTable(journal: leaseStore)
        leases.restore(try await leaseStore.load(at: clock.now()))
        let inventoryLogger = labelled("inventory")
        let inventory = try await InventoryStore.open(store: store) { event in
            inventoryLogger.debug("inventory", metadata: ["event": "\(event)"])
        }
        let catalog = ProfileCatalog(try ProfileStore(publicDirectory: directory.publicDirectory))
        let deploy = try await DeployService.open(
            surroundings(store: store, inventory: inventory, profiles: catalog, leases: leases, authority: authority))
        let identity = try MemberIdentity(
            path: "\(directory.privateDirectory)/site/member.pem", settings: settings, authority: authority,
            logger: labelled("identity"))
        let control = try controlServer(authority, inventory, deploy, catalog)
        let networks = try networkServices(deploy: deploy, inventory: inventory, leases: leases, identity: identity)
        logger.info(
            "starting", metadata: ["version": "\(MusterVersion.current)", "site": "\(authority.siteName)"])
        let services: [any Service] =
            [leaseStore, InventoryWatch(inventory: inventory), deploy] + networks + [control]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: lifecycleLogger))
        try await group.run()
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

    private func surroundings(
        store: any Store, inventory: InventoryStore, profiles: ProfileCatalog, leases: LeaseTable,
        authority: SiteAuthority
    ) throws -> DeployService.Surroundings {
        let settings = settings
        let clock = clock
        return DeployService.Surroundings(
            store: store, nodes: InventoryLookup(inventory), profiles: profiles,
            links: LinkTable(leases: leases, clock: clock) { Self.neighbour($0, settings) },
            signer: try siteSigner(authority),
            expand: { range in
                guard let range else { return inventory.snapshot.nodeNames.names }
                return try inventory.expand(range).names
            },
            inventoryRevision: { inventory.revision }, members: { Self.members(settings) },
            heartbeatInterval: settings.heartbeat, clock: clock, logger: labelled("deploy"))
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
            check: { [settings, directory] in
                await ServiceCheck(settings: settings, directory: directory, deploy: deploy, catalog: catalog).report()
            })
        return ControlServer([.unix(path: directory.socket)], routes: api.routes, logger: labelled("control")) { _ in
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
        return [
            identity,
            TFTPServer(
                TFTPListenAddress.everywhere(port: settings.tftpPort),
                files: try TFTPFiles(directory.publicDirectory, allowing: distributions), logger: labelled("tftp"),
                observer: fetches.tftp),
            PublicServer(
                ListenAddress.everywhere(port: settings.httpPort), files: files, logger: labelled("http"),
                observer: fetches.http),
            SecureServer(
                ListenAddress.everywhere(port: settings.httpsPort), identity: identity.tls, files: files,
                nodes: NodeAPI(desk: deploy.node), logger: labelled("https")),
            DHCPService(
                settings: try settings.dhcp(), directory: deploy.boot, leases: leases, logger: labelled("dhcp")),
        ]
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
