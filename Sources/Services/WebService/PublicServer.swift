import Logging
import Metrics
import MusterBase
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The plain HTTP server for boot firmware: public files and nothing else. All that it sends may be read by anyone.
public struct PublicServer: Service {
    private let listeners: Listeners

    /// - Parameters:
    ///   - onListening: is told the addresses that it got.
    ///   - onTrouble: is told of addresses that it cannot get yet.
    ///   - observer: is told of each request for a file.
    public init(
        _ addresses: [ListenAddress], files: PublicFiles, limits: WebLimits = WebLimits(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger,
        onListening: ListeningObserver? = nil, onTrouble: ListenerTroubleObserver? = nil,
        observer: StaticAccessObserver? = nil
    ) {
        let rules = FrontRules(
            files: files, apiPrefixes: [], limits: limits, isSecure: false,
            counters: WebCounters(server: "http", factory: metrics),
            observer: observer, fileIO: NonBlockingFileIO(threadPool: .singleton))
        let setup = WebConnectionSetup(rules: rules, routes: nil, tls: nil, logger: logger, asksPeer: false)
        listeners = Listeners(
            addresses, setup: setup, group: group, logger: logger, onListening: onListening,
            onTrouble: onTrouble)
    }

    public func run() async throws { try await listeners.run() }
}
