import MusterBase
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A machine's TCP connection, with TLS or without: requests out, answers in. Lives on one event loop.
final class MachineConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Happening {
        /// By TCP; TLS follows.
        case reached
        case connected
        case answer(HTTPAnswer)
        case closed(String)
    }

    private var receiver: ((Happening) -> Void)?
    private var channel: (any Channel)?
    private let isSecure: Bool
    private var reader = HTTPAnswerReader()
    private var pending: ByteBuffer?
    private(set) var octetsReceived = 0
    private(set) var octetsSent = 0

    private init(isSecure: Bool, _ receiver: @escaping (Happening) -> Void) {
        self.isSecure = isSecure
        self.receiver = receiver
    }

    /// Connects from that address.
    ///
    /// - Parameters:
    ///   - tls: nil for a connection in the clear.
    ///   - pieceSize: octets that are read at a time.
    static func open(
        from local: IPv4Address, to target: IPv4Address, port: UInt16, tls: NIOSSLContext?, pieceSize: Int,
        on eventLoop: any EventLoop, _ receiver: @escaping (Happening) -> Void
    ) -> MachineConnection {
        let connection = MachineConnection(isSecure: tls != nil, receiver)
        ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: pieceSize))
            .bind(to: socketAddress(local, 0))
            .connect(to: socketAddress(target, port))
            .assumeIsolated().whenComplete { result in
                switch result {
                case .success(let channel): connection.take(channel, tls)
                case .failure(let error): connection.fail("\(error)")
                }
            }
        return connection
    }

    private func take(_ channel: any Channel, _ tls: NIOSSLContext?) {
        guard receiver != nil else { return channel.close(promise: nil) }
        self.channel = channel
        do {
            if let tls {
                // No name for SNI: NIOSSL then compares the certificate with the address of the socket.
                try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
            }
            try channel.pipeline.syncOperations.addHandler(self)
        } catch {
            return fail("\(error)")
        }
        receiver?(tls == nil ? .connected : .reached)
    }

    func send(_ request: [UInt8], keepsBody: Bool, isHead: Bool) {
        guard let channel else { return }
        reader.expect(keepsBody: keepsBody, isHead: isHead)
        octetsSent += request.count
        channel.writeAndFlush(channel.allocator.buffer(bytes: request), promise: nil)
    }

    /// Ends the connection; nothing more is told of it.
    func close() {
        receiver = nil
        channel?.close(promise: nil)
        channel = nil
    }

    private func fail(_ reason: String) {
        let receiver = receiver
        close()
        receiver?(.closed(reason))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        octetsReceived += buffer.readableBytes
        if var earlier = pending {
            earlier.writeBuffer(&buffer)
            buffer = earlier
            pending = nil
        }
        do {
            while buffer.readableBytes > 0, receiver != nil {
                guard let answer = try reader.read(&buffer) else { break }
                receiver?(.answer(answer))
            }
            if buffer.readableBytes > 0 { pending = buffer }
        } catch {
            fail("the answer cannot be read (\(error))")
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { receiver?(.connected) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { fail("the server closed the connection") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail("\(error)") }
}

/// Without the detour over text that NIO's own initialisers take.
func socketAddress(_ address: IPv4Address, _ port: UInt16) -> SocketAddress {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = address.rawValue.bigEndian
    return SocketAddress(name)
}
