import BootPolicy
import DHCPWire
import MusterBase
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Turns datagrams of one socket into answers.
final class DHCPHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let engine: InterfaceEngine
    private let port: BootRequest.Port
    private let frames: FrameSender?
    /// Answers that were written and not sent yet.
    private var unsent = 0
    /// Many in one system call, and yet not so many that a relay or a switch on the way has to drop some of them.
    private static let mostUnsent = 32

    /// - Parameter frames: nil where frames cannot be sent; answers to clients without an address are broadcast then.
    init(engine: InterfaceEngine, port: BootRequest.Port, frames: FrameSender?) {
        self.engine = engine
        self.port = port
        self.frames = frames
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let (reply, _) = engine.answer(to: envelope.data, port: port) else { return }
        send(reply, source: envelope.remoteAddress, context)
        unsent += 1
        if unsent == DHCPHandler.mostUnsent { flush(context) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
    }

    /// An ICMP error for an answer that was sent before comes here: it says nothing about the socket.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        engine.metrics.sendFailures.increment()
    }

    private func send(_ reply: BootReply, source: SocketAddress, _ context: ChannelHandlerContext) {
        let ports = engine.ports
        switch reply.destination {
        case .source: write(reply, to: source, context)
        case .relay(let address): write(reply, to: socketAddress(address, ports.relay), context)
        case .client(let address): write(reply, to: socketAddress(address, ports.client), context)
        case .hardware(let mac, let address):
            guard let frames else { return write(reply, to: socketAddress(.broadcast, ports.client), context) }
            frames.add(reply.octets, from: reply.server, to: mac, address)
        case .broadcast:
            guard let frames else { return write(reply, to: socketAddress(.broadcast, ports.client), context) }
            frames.add(reply.octets, from: reply.server, to: MACAddress(rawValue: .max), .broadcast)
        }
    }

    private func write(_ reply: BootReply, to address: SocketAddress, _ context: ChannelHandlerContext) {
        let buffer = context.channel.allocator.buffer(bytes: reply.octets)
        context.write(wrapOutboundOut(AddressedEnvelope(remoteAddress: address, data: buffer)), promise: nil)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard unsent > 0 else { return }
        unsent = 0
        if let failures = frames?.flush(), failures > 0 { engine.metrics.sendFailures.increment(by: failures) }
        context.flush()
    }
}

/// Without the detour over text that NIO's own initialisers take.
private func socketAddress(_ address: IPv4Address, _ port: UInt16) -> SocketAddress {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = address.rawValue.bigEndian
    return SocketAddress(name)
}
