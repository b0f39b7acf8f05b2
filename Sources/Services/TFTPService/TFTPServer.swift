import Glibc
import Logging
import Metrics
import MusterBase
import NIOCore
import NIOPosix
import ServiceLifecycle

/// An address and UDP port to take requests on.
public struct TFTPListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// IPv4 or IPv6; `0.0.0.0` and `::` for all of a family.
    public let address: String
    /// 0 takes a free one.
    public let port: Int

    public init(address: String, port: Int) {
        self.address = address
        self.port = port
    }

    /// All addresses of both families, each by itself: one that is missing does not stop the other.
    public static func everywhere(port: Int = 69) -> [TFTPListenAddress] {
        [TFTPListenAddress(address: "0.0.0.0", port: port), TFTPListenAddress(address: "::", port: port)]
    }

    public var description: String {
        address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}

/// The TFTP service: read-only, for boot firmware (RFC 1350, 2347, 2348, 2349, 7440).
public struct TFTPServer: Service {
    private let addresses: [TFTPListenAddress]
    private let files: TFTPFiles
    private let limits: TFTPServiceLimits
    private let group: any EventLoopGroup
    private let counters: TFTPCounters
    private let logger: Logger
    private let observer: TFTPAccessObserver?
    private let onListening: (@Sendable (TFTPListenAddress) -> Void)?
    private let onTrouble: (@Sendable (TFTPListenAddress, ListenerTrouble) -> Void)?

    /// - Parameters:
    ///   - onListening: is told of each address that came up, with the port that it has got.
    ///   - onTrouble: is told of each address that cannot come up, once for each reason; it is tried again.
    ///   - observer: is told of each read request when it is over.
    public init(
        _ addresses: [TFTPListenAddress] = TFTPListenAddress.everywhere(), files: TFTPFiles,
        limits: TFTPServiceLimits = TFTPServiceLimits(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger,
        onListening: (@Sendable (TFTPListenAddress) -> Void)? = nil,
        onTrouble: (@Sendable (TFTPListenAddress, ListenerTrouble) -> Void)? = nil,
        observer: TFTPAccessObserver? = nil
    ) {
        self.addresses = addresses
        self.onListening = onListening
        self.onTrouble = onTrouble
        self.files = files
        self.limits = limits
        self.group = group
        self.logger = logger
        self.observer = observer
        counters = TFTPCounters(factory: metrics)
    }

    /// Returns at graceful shutdown: transfers under way are given up, their clients will ask again.
    public func run() async throws {
        let loop = try TransferLoop()
        let shared = TFTPContext(
            files: files, limits: limits, table: TransferTable(limits: limits), counters: counters, loop: loop,
            logger: logger, observer: observer)
        await withDiscardingTaskGroup { group in
            for address in addresses { group.addTask { await listen(on: address, shared) } }
        }
        await loop.stop()
    }

    /// What goes wrong with one address is logged and tried again; it does not stop the others.
    private func listen(on address: TFTPListenAddress, _ shared: TFTPContext) async {
        var pause = Duration.seconds(1)
        var lastFailure = ""
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                let channel = try await bind(address, shared)
                let bound = TFTPListenAddress(
                    address: address.address, port: channel.localAddress?.port ?? address.port)
                shared.logger.info("listening for TFTP", metadata: ["address": "\(bound)"])
                onListening?(bound)
                pause = .seconds(1)
                lastFailure = ""
                await withTaskCancellationOrGracefulShutdownHandler {
                    try? await channel.closeFuture.get()
                } onCancelOrGracefulShutdown: {
                    channel.close(promise: nil)
                }
            } catch {
                // Said once, not each time that it is tried again.
                if "\(error)" != lastFailure {
                    shared.logger.warning(
                        "cannot listen for TFTP, will try again",
                        metadata: ["address": "\(address)", "error": "\(error)"])
                    onTrouble?(address, trouble(of: error, port: address.port))
                }
                lastFailure = "\(error)"
                let wait = pause
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
                pause = min(pause * 2, .seconds(60))
            }
        }
    }

    private func trouble(of error: any Error, port: Int) -> ListenerTrouble {
        guard let error = error as? IOError else { return ListenerTrouble(.other, "\(error)") }
        return ListenerTrouble(
            errorNumber: error.errnoCode, port: port, detail: String(cString: strerror(error.errnoCode)))
    }

    /// Datagrams that are taken in one system call.
    private var vector: Int { 32 }

    private func bind(_ address: TFTPListenAddress, _ shared: TFTPContext) async throws -> any Channel {
        let socket = try SocketAddress(ipAddress: address.address, port: address.port)
        var bootstrap = DatagramBootstrap(group: group)
            .channelOption(.receivePacketInfo, value: true)
            // A rack that is switched on asks all at once; the kernel grants what its limit allows.
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelOption(.datagramVectorReadMessageCount, value: vector)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: vector * 1600))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RequestHandler(shared))
                }
            }
        if socket.protocol == .inet6 {
            let only = ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only)
            bootstrap = bootstrap.channelOption(only, value: 1)
        }
        return try await bootstrap.bind(to: socket).get()
    }
}
