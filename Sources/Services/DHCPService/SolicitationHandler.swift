import CLinux
import DHCPWire
import LinuxSystem
import MusterBase
import NIOCore
import NIOPosix

/// Ends iPXE's wait for an IPv6 router, see `BootSettings.endsRouterWait`.
final class SolicitationHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Routers answer within half a second (RFC 4861, section 10): a real one comes first.
    private static let patience = TimeAmount.milliseconds(700)

    private let mac: MACAddress
    private let descriptor: CInt
    private let engine: InterfaceEngine

    private init(mac: MACAddress, descriptor: CInt, engine: InterfaceEngine) {
        self.mac = mac
        self.descriptor = descriptor
        self.engine = engine
    }

    /// Listens on an Ethernet interface. Throws `forbidden` without CAP_NET_RAW.
    static func listen(
        on interface: NetworkInterface, mac: MACAddress, engine: InterfaceEngine, loop: any EventLoop
    ) async throws -> any Channel {
        let descriptor = muster_open_router_solicitations(interface.index)
        guard descriptor >= 0 else { throw systemError("Cannot listen for router solicitations on \(interface.name)") }
        return try await NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        SolicitationHandler(mac: mac, descriptor: descriptor, engine: engine))
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor).get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Array(unwrapInboundIn(data).readableBytesView)
        guard let solicitation = try? RouterSolicitationFrame(decoding: frame[...]),
            engine.routerWaitEnds(solicitation.sourceMAC)
        else { return }
        let answer = solicitation.advertisementOfNoRouter(from: mac)
        // The handler lives as long as the channel, and the descriptor as long as the channel is active.
        let channel = context.channel
        let (descriptor, metrics) = (self.descriptor, engine.metrics)
        context.eventLoop.scheduleTask(in: SolicitationHandler.patience) {
            guard channel.isActive else { return }
            if muster_send_frames(descriptor, answer, [UInt32(answer.count)], 1) != 1 {
                metrics.sendFailures.increment()
            }
        }
    }
}
