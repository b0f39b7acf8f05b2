import Logging
import Metrics
import MusterBase
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The operators' API on a Unix socket. Who may open the socket may use it; each request carries who its caller is.
public struct ControlServer: Service {
    private let listeners: Listeners

    /// - Parameter onListening: is told when the socket accepts.
    public init(
        _ addresses: [ListenAddress], routes: [OperatorRoute], limits: WebLimits = .operators,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger,
        onListening: ListeningObserver? = nil
    ) {
        let rules = FrontRules(
            files: nil, apiPrefixes: [], limits: limits, isSecure: false,
            counters: WebCounters(server: "control", factory: metrics),
            observer: nil, fileIO: NonBlockingFileIO(threadPool: .singleton))
        let setup = WebConnectionSetup(
            rules: rules, routes: RouteTable(routes), tls: nil, logger: logger, asksPeer: true)
        listeners = Listeners(addresses, setup: setup, group: group, logger: logger, onListening: onListening)
    }

    public func run() async throws { try await listeners.run() }
}
