import Logging
import Metrics
import MusterBase
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The HTTPS server: public files, and the node API below `/node/`. TLS 1.2 or 1.3.
public struct SecureServer: Service {
    private let listeners: Listeners

    /// - Parameters:
    ///   - onListening: is told the addresses that it got.
    ///   - onTrouble: is told of addresses that it cannot get yet.
    ///   - observer: is told of each request for a file.
    public init(
        _ addresses: [ListenAddress], identity: TLSIdentity, files: PublicFiles, nodes: any NodeAPIHandling,
        limits: WebLimits = WebLimits(), group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger, onListening: ListeningObserver? = nil,
        onTrouble: ListenerTroubleObserver? = nil,
        observer: StaticAccessObserver? = nil
    ) {
        let rules = FrontRules(
            files: files, apiPrefixes: ["/node/"], limits: limits, isSecure: true,
            counters: WebCounters(server: "https", factory: metrics), observer: observer,
            fileIO: NonBlockingFileIO(threadPool: .singleton))
        let setup = WebConnectionSetup(
            rules: rules, routes: NodeRoutes(handler: nodes).table(), tls: identity, logger: logger, asksPeer: false)
        listeners = Listeners(
            addresses, setup: setup, group: group, logger: logger, onListening: onListening,
            onTrouble: onTrouble)
    }

    public func run() async throws { try await listeners.run() }
}
