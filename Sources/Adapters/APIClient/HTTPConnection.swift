import MusterBase
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOTLS

/// One connection to a server. One exchange at a time.
struct HTTPConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<ResponseHandler>

    var isActive: Bool { channel.isActive }

    static func open(
        _ endpoint: ServerEndpoint, tls: NIOSSLContext?, settings: HTTPClientSettings, group: any EventLoopGroup
    ) async throws -> HTTPConnection {
        let bootstrap = ClientBootstrap(group: group)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16_384, maximum: 1 << 18)
            )
            .connectTimeout(TimeAmount(settings.connectTimeout))
        let channel = try await bootstrap.connect(to: endpoint.socketAddress()).get()
        do {
            return try await channel.eventLoop.flatSubmit {
                setUp(channel, tls: tls, timeout: TimeAmount(settings.connectTimeout))
            }.get()
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private static func setUp(
        _ channel: any Channel, tls: NIOSSLContext?, timeout: TimeAmount
    ) -> EventLoopFuture<HTTPConnection> {
        let pipeline = channel.pipeline.syncOperations
        let secured = channel.eventLoop.makePromise(of: Void.self)
        do {
            if let tls {
                // No name for SNI: NIOSSL then compares the certificate with the address of the socket.
                try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
                let handshake = HandshakeHandler(promise: secured)
                try pipeline.addHandler(handshake)
                handshake.start(timeout: timeout, on: channel)
            } else {
                secured.succeed(())
            }
            try pipeline.addHTTPClientHandlers()
            let handler = ResponseHandler()
            try pipeline.addHandler(handler)
            let connection = HTTPConnection(
                channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
            return secured.futureResult.map { connection }
        } catch {
            secured.fail(error)
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    /// False when the connection is no longer usable; nothing was sent then.
    func begin(_ head: HTTPRequestHead, body: ByteBuffer?) async throws -> Bool {
        try await channel.eventLoop.submit { handler.value.begin(head, body: body) }.get()
    }

    /// The next part of the answer. Cancelling the task closes the connection.
    func next(timeout: Duration) async throws -> HTTPClientResponsePart {
        try await withTaskCancellationHandler {
            try await channel.eventLoop.flatSubmit {
                handler.value.next(timeout: TimeAmount(timeout), on: channel.eventLoop)
            }.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    func finish() async throws { try await channel.eventLoop.submit { handler.value.finish() }.get() }

    func close() { channel.close(promise: nil) }

    /// Calls the server once more only to see the certificates that it shows; nothing is sent to it.
    static func certificates(
        of endpoint: ServerEndpoint, tls: NIOSSLContext, settings: HTTPClientSettings, group: any EventLoopGroup
    ) async -> [NIOSSLCertificate] {
        let seen = group.any().makePromise(of: [NIOSSLCertificate].self)
        let bootstrap = ClientBootstrap(group: group).connectTimeout(TimeAmount(settings.connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let look: NIOSSLCustomVerificationCallback = { chain, verdict in
                        seen.succeed(chain)
                        verdict.succeed(.failed)
                    }
                    let handler = try NIOSSLClientHandler(
                        context: tls, serverHostname: nil, customVerificationCallback: look)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        guard let address = try? endpoint.socketAddress(),
            let channel = try? await bootstrap.connect(to: address).get()
        else {
            seen.succeed([])
            return []
        }
        channel.closeFuture.whenComplete { _ in seen.succeed([]) }
        let timer = channel.eventLoop.scheduleTask(in: TimeAmount(settings.connectTimeout)) {
            channel.close(promise: nil)
        }
        let chain = try? await seen.futureResult.get()
        timer.cancel()
        channel.close(promise: nil)
        return chain ?? []
    }
}
