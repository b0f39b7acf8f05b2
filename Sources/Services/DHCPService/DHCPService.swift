import BootPolicy
import LinuxSystem
import Logging
import Metrics
import MusterBase
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The DHCP service: a listener an interface, started and stopped as interfaces come and go.
public final class DHCPService: Service {
    private let settings: DHCPServiceSettings
    private let directory: any BootDirectory
    private let leases: LeaseTable
    private let group: any EventLoopGroup
    private let source: InterfaceSource
    private let clock: WallClock
    private let metrics: any MetricsFactory
    private let logger: Logger
    private let onChange: @Sendable (ListenerChange) -> Void

    /// - Parameters:
    ///   - leases: shared with whoever asks which machine holds an address.
    ///   - group: where packets are handled; one loop an interface.
    ///   - source: nil means the kernel.
    ///   - onChange: told of each listener that starts or stops; must not block.
    public init(
        settings: DHCPServiceSettings, directory: any BootDirectory, leases: LeaseTable,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, source: InterfaceSource? = nil,
        clock: WallClock = .system, metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger,
        onChange: @escaping @Sendable (ListenerChange) -> Void = { _ in }
    ) {
        self.settings = settings
        self.directory = directory
        self.leases = leases
        self.group = group
        self.source = source ?? .system(on: group)
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
        self.onChange = onChange
    }

    /// Serves until the task is cancelled or a graceful shutdown begins. No failure of an interface ends it.
    public func run() async throws {
        let (changes, trigger) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let stopWatching = await watch { trigger.yield() }
        let interval = TimeAmount(settings.checkInterval)
        let timer = group.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in trigger.yield() }
        trigger.yield()
        var listeners = ListenerSet()
        await withTaskCancellationHandler {
            for await _ in changes.cancelOnGracefulShutdown() { await reconcile(&listeners) }
        } onCancel: {
            trigger.finish()
        }
        timer.cancel()
        await stopWatching()
        for (name, listener) in listeners.running {
            await listener.close()
            onChange(.stopped(interface: name, reason: "the service ends"))
        }
    }

    /// Without the kernel's messages changes are found by the timer.
    private func watch(_ changed: @escaping @Sendable () -> Void) async -> @Sendable () async -> Void {
        do {
            return try await source.watch(changed)
        } catch {
            logger.warning("Network changes are looked for by time alone", metadata: ["error": "\(error)"])
            return {}
        }
    }
}

/// What runs, and what was said of that which does not.
private struct ListenerSet {
    var running: [String: InterfaceListener] = [:]
    /// The last trouble of each interface, so that it is logged once and not at every check.
    var trouble: [String: ListenerTrouble] = [:]
}

extension DHCPService {
    private func reconcile(_ listeners: inout ListenerSet) async {
        let present: [NetworkInterface]
        do {
            present = try source.list()
        } catch {
            logger.error("Network interfaces cannot be listed", metadata: ["error": "\(error)"])
            return
        }
        for (name, boot) in settings.interfaces.sorted(by: { $0.key < $1.key }) {
            await reconcile(name, boot, present.first { $0.name == name }, &listeners)
        }
    }

    private func reconcile(
        _ name: String, _ boot: BootSettings, _ interface: NetworkInterface?, _ listeners: inout ListenerSet
    ) async {
        let ground = interface.flatMap(DHCPService.ground)
        if let running = listeners.running[name] {
            if running.isActive, running.ground == ground { return }
            await stop(name, running, ground, &listeners)
        }
        guard let interface, let ground else {
            let reason = interface == nil ? "there is no such interface" : "it is down or has no IPv4 address"
            note(ListenerTrouble(.waiting, reason), name, &listeners)
            return
        }
        do {
            let listener = try await start(interface, ground, boot)
            listeners.running[name] = listener
            listeners.trouble[name] = nil
            logger.info(
                "DHCP serves an interface",
                metadata: [
                    "interface": "\(name)", "mode": "\(boot.mode.rawValue)",
                    "addresses": "\(ground.interface.addresses.map(\.description).joined(separator: " "))",
                ])
            onChange(.started(interface: name, serverPort: listener.serverPort, proxyPort: listener.proxyPort))
        } catch {
            note(error as? ListenerTrouble ?? ListenerTrouble(.other, "\(error)"), name, &listeners)
        }
    }

    private func start(
        _ interface: NetworkInterface, _ ground: InterfaceListener.Ground, _ boot: BootSettings
    ) async throws -> InterfaceListener {
        let policy = BootPolicy(settings: boot, interface: ground.interface)
        let engine = InterfaceEngine(
            responder: BootResponder(policy: policy, directory: directory, leases: leases),
            metrics: DHCPMetrics(interface: interface.name, factory: metrics), ports: settings.ports, clock: clock)
        return try await InterfaceListener.start(
            interface, ground: ground, engine: engine, loop: group.next(), logger: logger)
    }

    private func stop(
        _ name: String, _ listener: InterfaceListener, _ ground: InterfaceListener.Ground?,
        _ listeners: inout ListenerSet
    ) async {
        await listener.close()
        listeners.running[name] = nil
        let reason = ground == nil ? "the interface is gone, down or without an IPv4 address" : "its addresses changed"
        logger.info("DHCP leaves an interface", metadata: ["interface": "\(name)", "reason": "\(reason)"])
        onChange(.stopped(interface: name, reason: reason))
    }

    private func note(_ trouble: ListenerTrouble, _ name: String, _ listeners: inout ListenerSet) {
        guard listeners.trouble[name] != trouble else { return }
        listeners.trouble[name] = trouble
        logger.warning(
            "DHCP cannot serve an interface yet", metadata: ["interface": "\(name)", "reason": "\(trouble)"])
        onChange(.unavailable(interface: name, trouble: trouble))
    }

    /// Nil for an interface that cannot be served. A carrier is not asked for: it may come with the first machine.
    private static func ground(_ interface: NetworkInterface) -> InterfaceListener.Ground? {
        guard interface.isUp else { return nil }
        return BootInterface(name: interface.name, addresses: interface.addresses).map {
            InterfaceListener.Ground(index: interface.index, mac: interface.mac, interface: $0)
        }
    }
}
