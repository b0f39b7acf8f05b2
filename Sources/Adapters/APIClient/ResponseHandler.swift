import NIOCore
import NIOHTTP1

/// Why an exchange ended without a whole answer.
enum ExchangeFailure: Error {
    case closed
    case silent
    case handshakeTimeout
}

/// Keeps the parts of an answer until they are asked for, and asks the channel for more only then. Lives on one event
/// loop. While no exchange is under way the channel reads by itself, so that the server's closing is noticed.
final class ResponseHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private var context: ChannelHandlerContext?
    /// At most what one read of the socket holds.
    private var parts: CircularBuffer<HTTPClientResponsePart> = []
    private var waiter: EventLoopPromise<HTTPClientResponsePart>?
    private var timer: Scheduled<Void>?
    private var failure: (any Error)?
    private var exchanging = false

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(ExchangeFailure.closed)
        self.context = nil
    }

    /// Sends a request. False when the connection is no longer usable; nothing was sent then.
    func begin(_ head: HTTPRequestHead, body: ByteBuffer?) -> Bool {
        guard let context, failure == nil, !exchanging, parts.isEmpty, context.channel.isActive else { return false }
        exchanging = true
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        // A server may answer and close before it has read the whole body: the answer counts, not a failed write.
        context.channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body { context.channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        context.channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return true
    }

    /// The answer is read whole; the connection waits for the next exchange.
    func finish() {
        exchanging = false
        try? context?.channel.syncOptions?.setOption(.autoRead, value: true)
    }

    func next(timeout: TimeAmount, on eventLoop: any EventLoop) -> EventLoopFuture<HTTPClientResponsePart> {
        if let part = parts.popFirst() { return eventLoop.makeSucceededFuture(part) }
        if let failure { return eventLoop.makeFailedFuture(failure) }
        guard let context, waiter == nil else { return eventLoop.makeFailedFuture(ExchangeFailure.closed) }
        let promise = eventLoop.makePromise(of: HTTPClientResponsePart.self)
        waiter = promise
        timer = eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.fail(ExchangeFailure.silent)
            self.context?.close(promise: nil)
        }
        context.read()
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard exchanging else {
            // An answer to nothing: the connection is out of step.
            fail(ExchangeFailure.closed)
            context.close(promise: nil)
            return
        }
        if let waiter = takeWaiter() { waiter.succeed(part) } else { parts.append(part) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if waiter != nil { context.read() }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ExchangeFailure.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    private func takeWaiter() -> EventLoopPromise<HTTPClientResponsePart>? {
        timer?.cancel()
        timer = nil
        defer { waiter = nil }
        return waiter
    }

    private func fail(_ error: any Error) {
        if failure == nil { failure = error }
        takeWaiter()?.fail(failure ?? error)
    }
}
