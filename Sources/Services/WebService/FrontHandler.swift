import NIOCore
import NIOHTTP1

/// Stands directly behind the HTTP decoder of a connection: answers requests for files by itself, hands all others on
/// to the API, keeps the answers in order, and cuts off clients that take too long. Lives on one event loop.
final class FrontHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let rules: FrontRules
    let remoteAddress: RemoteAddress
    private let slot: ConnectionSlot
    /// Puts the API behind this handler; nil once that was done, and where there is none.
    private var attachAPI: ((any Channel) throws -> Void)?
    var transfer: FileTransfer?
    private(set) var order = TurnOrder()
    private var timer: ConnectionTimer
    /// Parts of requests behind the one that is being answered: at most what one read of the socket holds.
    private var waiting: CircularBuffer<HTTPServerRequestPart> = []
    private var isDraining = false
    private var isReadHeld = false
    private var isReading = false
    /// No request is taken any more: the last answer is on its way.
    private var isEnding = false
    /// The last answer was sent; the end of its request is still to come.
    private var isLingering = false
    private var isInputClosed = false
    private var bodyOctets = 0
    /// The request that is being answered is HEAD: its answer has no body whatever it is.
    private(set) var isHeadOnly = false
    /// The head of the answer was sent: there is no other answer to this request any more.
    private var hasAnswerBegun = false
    private var pendingError: HTTPParserError?
    private var encoderContext: ChannelHandlerContext?

    /// - Parameter attachAPI: puts the API's handlers behind this one; called when something is asked of it first.
    init(
        rules: FrontRules, remoteAddress: RemoteAddress, slot: ConnectionSlot,
        attachAPI: ((any Channel) throws -> Void)?
    ) {
        self.rules = rules
        self.slot = slot
        self.attachAPI = attachAPI
        self.remoteAddress = remoteAddress
        let limits = rules.limits
        timer = ConnectionTimer(interval: min(limits.head, limits.idle, limits.requestBody, limits.stalledWrite))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        rules.counters.connections.increment()
        timer.set(after: rules.limits.head)
        timer.arm(on: context.eventLoop) { self.timeIsUp(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        encoderContext = nil
        attachAPI = nil
        timer.stop()
        abandonTransfer()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isEnding = true
        abandonTransfer()
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        let part = unwrapInboundIn(data)
        guard !isEnding else { return passOver(part, context) }
        if waiting.isEmpty, order.takesParts { take(part, context) } else { waiting.append(part) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.flush()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        // A client that sends requests faster than it takes answers has to wait.
        if waiting.isEmpty { context.read() } else { isReadHeld = true }
    }

    /// What comes in while the last answer is on its way is thrown away; only the end of its request counts.
    private func passOver(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        guard case .end = part, !order.isRequestRead else { return }
        _ = order.requestWasRead()
        if isLingering { context.close(promise: nil) }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            if order.turn == .idle { begin(head, context) }
        case .body(let buffer):
            bodyOctets += buffer.readableBytes
            if order.turn == .upstream {
                context.fireChannelRead(NIOAny(part))
            } else if bodyOctets > rules.limits.body {
                context.close(promise: nil)
            }
        case .end:
            if order.turn == .upstream { context.fireChannelRead(NIOAny(part)) }
            timer.set(after: rules.limits.stalledWrite)
            if order.requestWasRead() { turnIsOver(context) }
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        rules.counters.requests.increment()
        slot.isBusy()
        bodyOctets = 0
        hasAnswerBegun = false
        isHeadOnly = head.method == .HEAD
        timer.set(after: rules.limits.requestBody)
        let isForAPI = rules.isForAPI(head.uri)
        order.begin(isForAPI ? .upstream : .file, keepAlive: head.isKeepAlive)
        if let status = refusal(ofCoding: head) {
            rules.counters.malformed.increment()
            refuse(status, context)
            return
        }
        guard isForAPI else {
            answerWithFile(head, context)
            return
        }
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard length <= rules.limits.body else {
            refuse(.payloadTooLarge, context)
            return
        }
        guard isAPIAttached(context) else { return context.close(promise: nil) }
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
        }
        context.fireChannelRead(NIOAny(HTTPServerRequestPart.head(head)))
    }

    /// False when the service is going down.
    private func isAPIAttached(_ context: ChannelHandlerContext) -> Bool {
        guard let attachAPI else { return true }
        self.attachAPI = nil
        return (try? attachAPI(context.channel)) != nil
    }

    /// RFC 9112, section 6.1: a coding besides `chunked` is not known here, and HTTP/1.0 has none. Where a body ends is then
    /// a matter of opinion, which is what request smuggling lives on.
    private func refusal(ofCoding head: HTTPRequestHead) -> HTTPResponseStatus? {
        let codings = head.headers["transfer-encoding"]
        guard !codings.isEmpty else { return nil }
        guard head.version.major == 1, head.version.minor >= 1 else { return .badRequest }
        return codings.count == 1 && codings[0].lowercased() == "chunked" ? nil : .notImplemented
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard order.turn == .upstream, !isEnding else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        timer.set(after: rules.limits.stalledWrite)
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            if head.headers.first(name: "connection")?.lowercased() == "close" { order.closes = true }
            if head.status.code >= 500 { rules.counters.failures.increment() }
            writeHead(&head, context, promise: promise)
        case .body where isHeadOnly: promise?.succeed(())
        case .head, .body: context.write(data, promise: promise)
        case .end: writeEnd(context, promise: promise)
        }
    }

    /// Writes the head of an answer with the fields that every answer has.
    func writeHead(
        _ head: inout HTTPResponseHead, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil
    ) {
        hasAnswerBegun = true
        head.headers.add(name: "date", value: CurrentDate.text())
        if order.closes { head.headers.replaceOrAdd(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    /// Writes the end of an answer, and goes on to the next request or ends the connection.
    func writeEnd(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil) {
        guard order.closes else {
            context.write(wrapOutboundOut(.end(nil)), promise: promise)
            answerIsWritten(context)
            return
        }
        isEnding = true
        waiting.removeAll()
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.linger(context) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    /// An answer that leaves the connection open was written to its end: goes on to the next request.
    func answerIsWritten(_ context: ChannelHandlerContext) {
        if !isReading { context.flush() }
        if order.wasAnswered() {
            turnIsOver(context)
        } else if order.turn == .file {
            // A client that keeps the rest of its request to itself does not keep its place by that.
            slot.isIdle()
        }
    }

    /// Where octets that need no encoding go; nil on a pipeline of another making.
    func encoder(_ context: ChannelHandlerContext) -> ChannelHandlerContext? {
        if let encoderContext { return encoderContext }
        encoderContext = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        return encoderContext
    }

    /// Closes once the last answer was sent. When the client is still sending it gets a moment to read the answer:
    /// closing at once would make its kernel throw the answer away.
    private func linger(_ context: ChannelHandlerContext) {
        if order.isRequestRead, pendingError == nil {
            context.close(promise: nil)
        } else {
            isLingering = true
            timer.set(after: .seconds(1))
            timer.arm(on: context.eventLoop) { context.close(promise: nil) }
        }
    }

    private func turnIsOver(_ context: ChannelHandlerContext) {
        slot.isIdle()
        timer.set(after: rules.limits.idle)
        guard !isDraining else { return }
        isDraining = true
        while !isEnding, order.takesParts, let part = waiting.popFirst() { take(part, context) }
        isDraining = false
        // The API looks at what it was given only when it is told that this was all for now.
        if order.turn == .upstream, !isReading { context.fireChannelReadComplete() }
        guard waiting.isEmpty, !isEnding else { return }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
        guard order.turn == .idle else { return }
        if let error = pendingError {
            refuse(malformed: error, context)
        } else if isInputClosed {
            context.close(promise: nil)
        }
    }

    /// Writes a short answer that ends the connection.
    func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        order.closes = true
        let text = ByteBuffer(string: "\(status.reasonPhrase)\n")
        var head = HTTPResponseHead(version: .http1_1, status: status)
        head.headers = [
            "content-type": "text/plain; charset=utf-8", "Content-Length": String(text.readableBytes),
        ]
        writeHead(&head, context)
        if !isHeadOnly { context.write(wrapOutboundOut(.body(.byteBuffer(text))), promise: nil) }
        writeEnd(context)
    }

    // MARK: Endings

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            context.close(promise: nil)
            return
        }
        guard !isEnding else {
            // The last answer is on its way; closing now could have the client's kernel throw it away.
            pendingError = error
            return
        }
        if order.turn == .idle {
            refuse(malformed: error, context)
        } else if order.isRequestRead {
            pendingError = error
        } else if !hasAnswerBegun {
            refuse(malformed: error, context)
        } else {
            rules.counters.malformed.increment()
            context.close(promise: nil)
        }
    }

    private func refuse(malformed error: HTTPParserError, _ context: ChannelHandlerContext) {
        rules.counters.malformed.increment()
        pendingError = error
        guard error != .invalidEOFState, error != .closedConnection else {
            context.close(promise: nil)
            return
        }
        refuse(error == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            order.closes = true
            if order.turn == .idle { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            // The client may only have said that it sends no more: what it asked for is still answered.
            isInputClosed = true
            if order.turn == .idle || !order.isRequestRead { context.close(promise: nil) }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Something moved: the client is not stalled.
    func noteProgress() { timer.set(after: rules.limits.stalledWrite) }

    private func timeIsUp(_ context: ChannelHandlerContext) {
        if !timer.isDue {
            timer.arm(on: context.eventLoop) { self.timeIsUp(context) }
        } else if order.turn == .upstream, order.isRequestRead, context.channel.isWritable {
            // The API takes its time, as for a long poll; the client is not to blame.
            noteProgress()
            timer.arm(on: context.eventLoop) { self.timeIsUp(context) }
        } else {
            rules.counters.timeouts.increment()
            context.close(promise: nil)
        }
    }
}
