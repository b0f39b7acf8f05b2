import Logging
import Metrics
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Files and routes side by side on plain HTTP: what ``SecureServer`` does, without the encryption, so that tests see
/// the octets of a connection.
package struct MixedServer: Service {
    private let listeners: Listeners

    package init(
        _ addresses: [ListenAddress], files: PublicFiles, apiPrefix: String, routes: [OperatorRoute],
        limits: WebLimits = WebLimits(), logger: Logger, onListening: ListeningObserver? = nil
    ) {
        let rules = FrontRules(
            files: files, apiPrefixes: [apiPrefix], limits: limits, isSecure: false,
            counters: WebCounters(server: "mixed", factory: MetricsSystem.factory), observer: nil,
            fileIO: NonBlockingFileIO(threadPool: .singleton))
        let setup = WebConnectionSetup(
            rules: rules, routes: RouteTable(routes), tls: nil, logger: logger, asksPeer: false)
        listeners = Listeners(
            addresses, setup: setup, group: MultiThreadedEventLoopGroup.singleton, logger: logger,
            onListening: onListening)
    }

    package func run() async throws { try await listeners.run() }
}
