import NIOCore
import NIOTLS

/// Waits for the end of the TLS handshake, then takes itself out of the pipeline.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<Void>
    private var timer: Scheduled<Void>?

    init(promise: EventLoopPromise<Void>) { self.promise = promise }

    func start(timeout: TimeAmount, on channel: any Channel) {
        timer = channel.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.promise.fail(ExchangeFailure.handshakeTimeout)
            channel.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            timer?.cancel()
            promise.succeed(())
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        timer?.cancel()
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        promise.fail(ExchangeFailure.closed)
        context.fireChannelInactive()
    }
}
