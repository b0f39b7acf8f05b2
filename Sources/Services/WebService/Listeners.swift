import Logging
import NIOCore

/// The listeners of one server, side by side.
struct Listeners: Sendable {
    private let listeners: [Listener]

    init(
        _ addresses: [ListenAddress], setup: WebConnectionSetup, group: any EventLoopGroup, logger: Logger,
        onListening: ListeningObserver?, onTrouble: ListenerTroubleObserver? = nil
    ) {
        listeners = addresses.map {
            Listener(
                address: $0, setup: setup, group: group, logger: logger, onListening: onListening, onTrouble: onTrouble)
        }
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for listener in listeners { group.addTask { try await listener.run() } }
            try await group.waitForAll()
        }
    }
}
