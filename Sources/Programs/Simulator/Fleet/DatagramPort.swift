import CLinux
import LinuxSystem
import MusterBase
import NIOCore
import NIOPosix

/// A UDP socket that many machines share: each datagram leaves from the address of its own machine, and tells at whose
/// address it arrived. Lives on one event loop.
final class DatagramPort {
    /// - Parameters:
    ///   - local: where the datagram came to.
    ///   - remote: where it came from.
    typealias Receiver = (_ datagram: ByteBuffer, _ local: IPv4Address, _ remote: IPv4Address, _ port: UInt16) -> Void

    private let descriptor: Int32
    private var bytes: [UInt8] = []
    private var datagrams: [muster_datagram] = []
    private var isScheduled = false
    private let eventLoop: any EventLoop
    private(set) var octetsSent = 0
    private(set) var refused = 0
    private var channel: (any Channel)?

    private static let vector = 64

    /// - Parameters:
    ///   - address: nil for all addresses of this network namespace.
    ///   - port: nil for any free one.
    static func open(
        address: IPv4Address?, port: UInt16?, on eventLoop: any EventLoop, _ receiver: @escaping Receiver
    ) throws -> EventLoopFuture<NIOLoopBound<DatagramPort>> {
        eventLoop.assertInEventLoop()
        let descriptor = muster_open_fleet_udp(address?.rawValue ?? 0, port ?? 0)
        guard descriptor >= 0 else {
            throw systemError("cannot open UDP port \(port ?? 0) of \(address.map { "\($0)" } ?? "this machine")")
        }
        let result = DatagramPort(descriptor: descriptor, eventLoop: eventLoop)
        let handler = NIOLoopBound(DatagramReader(receiver), eventLoop: eventLoop)
        let bound = NIOLoopBound(result, eventLoop: eventLoop)
        return DatagramBootstrap(group: eventLoop)
            .channelOption(.receivePacketInfo, value: true)
            .channelOption(.datagramVectorReadMessageCount, value: vector)
            .channelOption(.maxMessagesPerRead, value: 16)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: vector * 2048))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .withBoundSocket(descriptor)
            .map { channel in
                bound.value.channel = channel
                return bound
            }
    }

    private init(descriptor: Int32, eventLoop: any EventLoop) {
        self.descriptor = descriptor
        self.eventLoop = eventLoop
    }

    /// Hands datagrams to the kernel together with all others of this round of the event loop.
    ///
    /// - Parameter source: nil for the address that the socket is bound to.
    func send(_ octets: [UInt8], from source: IPv4Address?, to target: IPv4Address, port: UInt16) {
        bytes.append(contentsOf: octets)
        datagrams.append(
            muster_datagram(
                source: source?.rawValue ?? 0, target: target.rawValue, port: port, length: UInt16(octets.count)))
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolated().execute { self.flush() }
    }

    private func flush() {
        isScheduled = false
        guard channel != nil else { return }
        let sent = muster_send_datagrams(descriptor, datagrams, datagrams.count, bytes)
        refused += datagrams.count - max(0, sent)
        octetsSent += bytes.count
        bytes.removeAll(keepingCapacity: true)
        datagrams.removeAll(keepingCapacity: true)
    }

    func close() {
        channel?.close(promise: nil)
        channel = nil
    }
}

private final class DatagramReader: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let receiver: DatagramPort.Receiver

    init(_ receiver: @escaping DatagramPort.Receiver) { self.receiver = receiver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard case .v4(let remote) = envelope.remoteAddress else { return }
        var local = IPv4Address.any
        if case .v4(let address)? = envelope.metadata?.packetInfo?.destinationAddress {
            local = IPv4Address(rawValue: UInt32(bigEndian: address.address.sin_addr.s_addr))
        }
        receiver(
            envelope.data, local, IPv4Address(rawValue: UInt32(bigEndian: remote.address.sin_addr.s_addr)),
            UInt16(bigEndian: remote.address.sin_port))
    }

    /// ICMP errors about what was sent before: the machine asks again by itself.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
