import BootPolicy
import CLinux
import LinuxSystem
import Logging
import MusterBase
import NIOCore
import NIOPosix

/// The sockets of one interface. Stands alone: what happens to it is of no concern to other interfaces.
struct InterfaceListener: Sendable {
    /// What it was started for; a difference means that it must be started anew.
    struct Ground: Sendable, Equatable {
        let index: UInt32
        let mac: MACAddress?
        let interface: BootInterface
    }

    let ground: Ground
    private let server: any Channel
    private let proxy: any Channel
    /// Nil where it cannot be opened, or is not wanted.
    private let solicitations: (any Channel)?

    var serverPort: UInt16 { UInt16(clamping: server.localAddress?.port ?? 0) }
    var proxyPort: UInt16 { UInt16(clamping: proxy.localAddress?.port ?? 0) }

    /// False when a socket was closed by the system, as when the interface is removed.
    var isActive: Bool { server.isActive && proxy.isActive }

    /// Datagrams that are taken in one system call.
    private static let vector = 64
    /// Longer datagrams are cut, and malformed then.
    private static let datagramSize = 2048

    /// Binds both ports on the interface. Throws ``ListenerTrouble``.
    static func start(
        _ interface: NetworkInterface, ground: Ground, engine: InterfaceEngine, loop: any EventLoop, logger: Logger
    ) async throws -> InterfaceListener {
        let server = try await open(.server, engine.ports.server, interface, engine, loop, logger)
        do {
            let proxy = try await open(.proxy, engine.ports.proxy, interface, engine, loop, logger)
            let solicitations = try? await solicitations(interface, engine, loop)
            return InterfaceListener(ground: ground, server: server, proxy: proxy, solicitations: solicitations)
        } catch {
            try? await server.close()
            throw error
        }
    }

    func close() async {
        try? await server.close()
        try? await proxy.close()
        try? await solicitations?.close()
    }

    private init(ground: Ground, server: any Channel, proxy: any Channel, solicitations: (any Channel)?) {
        self.ground = ground
        self.server = server
        self.proxy = proxy
        self.solicitations = solicitations
    }

    /// Without it iPXE waits a while longer, and boots all the same.
    private static func solicitations(
        _ interface: NetworkInterface, _ engine: InterfaceEngine, _ loop: any EventLoop
    ) async throws -> (any Channel)? {
        guard engine.endsRouterWait, let mac = interface.mac, !interface.isLoopback else { return nil }
        return try await SolicitationHandler.listen(on: interface, mac: mac, engine: engine, loop: loop)
    }

    private static func open(
        _ role: BootRequest.Port, _ port: UInt16, _ interface: NetworkInterface, _ engine: InterfaceEngine,
        _ loop: any EventLoop, _ logger: Logger
    ) async throws -> any Channel {
        let descriptor = muster_open_device_udp(interface.name, 0, port)
        guard descriptor >= 0 else {
            let error = KernelError.last
            throw ListenerTrouble(
                errorNumber: error.number, port: Int(port), detail: "UDP port \(port) of \(interface.name): \(error)")
        }
        return try await DatagramBootstrap(group: loop)
            .channelOption(.datagramVectorReadMessageCount, value: vector)
            .channelOption(.maxMessagesPerRead, value: 16)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: vector * datagramSize)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let frames = frameSender(interface, engine, logger)
                    try channel.pipeline.syncOperations.addHandler(
                        DHCPHandler(engine: engine, port: role, frames: frames))
                }
            }
            .withBoundSocket(descriptor).get()
    }

    /// Nil without Ethernet or without the right: most clients take broadcasts as well.
    private static func frameSender(
        _ interface: NetworkInterface, _ engine: InterfaceEngine, _ logger: Logger
    ) -> FrameSender? {
        guard let mac = interface.mac, !interface.isLoopback else { return nil }
        do {
            return try FrameSender(
                interface, mac: mac, serverPort: engine.ports.server, clientPort: engine.ports.client)
        } catch {
            logger.warning(
                "DHCP answers are broadcast, as frames cannot be sent",
                metadata: ["interface": "\(interface.name)", "error": "\(error)"])
            return nil
        }
    }
}
