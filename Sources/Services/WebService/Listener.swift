import Glibc
import HummingbirdCore
import Logging
import MusterBase
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Accepts connections on one address until it is told to stop. What goes wrong with this address is logged and tried
/// again; it never stops the listeners of other addresses.
struct Listener: Sendable {
    let address: ListenAddress
    let setup: WebConnectionSetup
    let group: any EventLoopGroup
    let logger: Logger
    let onListening: ListeningObserver?
    let onTrouble: ListenerTroubleObserver?
    /// How long answers under way may still take once the service is going down.
    var grace: Duration = .seconds(5)

    /// Returns at graceful shutdown or cancellation. Throws only when another process serves the same Unix socket.
    func run() async throws {
        var pause = Duration.seconds(1)
        var lastFailure = ""
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                let connections = OpenConnections(
                    limits: setup.rules.limits, evictions: setup.rules.counters.evicted)
                let calls = APIConnections()
                let channel = try await bind(connections, calls)
                pause = .seconds(1)
                lastFailure = ""
                let bound = boundAddress(channel)
                logger.info("listening", metadata: ["address": "\(bound)"])
                onListening?(bound)
                await serve(channel, connections, calls)
            } catch let error as MusterError where error.code == .conflict {
                throw error
            } catch {
                // Said once, not each time that it is tried again.
                if "\(error)" != lastFailure {
                    logger.warning(
                        "cannot listen, will try again", metadata: ["address": "\(address)", "error": "\(error)"])
                    onTrouble?(address, trouble(of: error))
                }
                lastFailure = "\(error)"
                let wait = pause
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
                pause = min(pause * 2, .seconds(60))
            }
        }
    }

    private func serve(_ channel: any Channel, _ connections: OpenConnections, _ calls: APIConnections) async {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    try? await channel.closeFuture.get()
                    await connections.waitUntilEmpty()
                    calls.finish()
                }
                await calls.run(in: &group)
            }
        } onCancelOrGracefulShutdown: {
            channel.close(promise: nil)
            connections.quiesce()
            channel.eventLoop.scheduleTask(in: TimeAmount(grace)) { connections.closeAll() }
        }
        if case .unix(let path, _, _) = address { SocketFile.remove(path) }
    }

    private func bind(_ connections: OpenConnections, _ calls: APIConnections) async throws -> any Channel {
        let limit = setup.rules.limits.connections
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AvailableConnectionsChannelHandler(maxConnections: limit))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let slot = connections.add(channel) else {
                        setup.rules.counters.refused.increment()
                        throw ChannelError.ioOnClosedChannel
                    }
                    try setup.setUp(channel, slot, calls)
                }
            }
        switch address {
        case .tcp(let host, let port):
            let socket = try SocketAddress(ipAddress: host, port: port)
            var tcp = bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            if socket.protocol == .inet6 {
                let only = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)
                tcp = tcp.serverChannelOption(only, value: 1)
            }
            return try await tcp.bind(to: socket).get()
        case .unix(let path, let mode, let group):
            try await SocketFile.checkFree(path, group: self.group)
            let temporary = try SocketFile.temporaryPath(for: path)
            let channel = try await bootstrap.bind(
                unixDomainSocketPath: temporary, cleanupExistingSocketFile: true
            ).get()
            do {
                try SocketFile.publish(temporary, as: path, mode: mode, group: group)
            } catch {
                try? await channel.close()
                throw error
            }
            return channel
        }
    }

    private func trouble(of error: any Error) -> ListenerTrouble {
        guard case .tcp(_, let port) = address, let error = error as? IOError else {
            return ListenerTrouble(.other, "\(error)")
        }
        return ListenerTrouble(
            errorNumber: error.errnoCode, port: port, detail: String(cString: strerror(error.errnoCode)))
    }

    private func boundAddress(_ channel: any Channel) -> ListenAddress {
        guard case .tcp(let host, let port) = address else { return address }
        return .tcp(address: host, port: channel.localAddress?.port ?? port)
    }
}
