import NIOCore
import NIOPosix

/// The socket of one transfer.
enum TransferSocket {
    /// Opens a socket on a free port of the address that the client sent to, connects it to the client and lets the
    /// handler begin.
    static func open(
        remote: SocketAddress, local: SocketAddress?, on eventLoop: any EventLoop,
        _ makeHandler: @escaping @Sendable () -> TransferHandler
    ) -> EventLoopFuture<any Channel> {
        bind(remote: remote, local: local?.ipAddress, on: eventLoop).flatMapError { _ in
            // The client had sent to a broadcast address, or the address is not ours any more.
            bind(remote: remote, local: nil, on: eventLoop)
        }.flatMap { channel in
            channel.connect(to: remote).flatMapThrowing {
                try channel.pipeline.syncOperations.addHandler(makeHandler())
                return channel
            }.flatMapError { error in
                channel.close(promise: nil)
                return channel.eventLoop.makeFailedFuture(error)
            }
        }
    }

    private static func bind(
        remote: SocketAddress, local: String?, on eventLoop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        let any = remote.protocol == .inet6 ? "::" : "0.0.0.0"
        do {
            let address = try SocketAddress(ipAddress: local ?? any, port: 0)
            return DatagramBootstrap(group: eventLoop)
                // Acknowledgments have 4 octets; only an error can be longer, and its text may be cut.
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 600))
                // A client says one thing at a time: a second look at the socket would always find it empty.
                .channelOption(.maxMessagesPerRead, value: 1)
                .channelOption(.socketOption(.so_sndbuf), value: 1 << 20)
                .bind(to: address)
        } catch {
            return eventLoop.makeFailedFuture(error)
        }
    }
}
