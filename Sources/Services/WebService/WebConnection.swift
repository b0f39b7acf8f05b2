import HummingbirdCore
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One accepted connection.
struct WebConnection: Sendable {
    let channel: any Channel
    /// Serves the API on it until it is closed; nil where only files are served.
    let serve: (@Sendable () async -> Void)?
}

/// Puts the handlers of a server on each accepted connection.
struct WebConnectionSetup: Sendable {
    let rules: FrontRules
    /// Nil for a server of files only.
    let routes: RouteTable?
    /// Nil for plain HTTP.
    let tls: TLSIdentity?
    let logger: Logger
    /// Unix sockets: ask the kernel who calls.
    let asksPeer: Bool

    func setUp(_ channel: any Channel, _ slot: ConnectionSlot) -> EventLoopFuture<WebConnection> {
        do {
            if let tls {
                try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context))
            }
            guard let routes else { return channel.eventLoop.makeSucceededFuture(try setUpFiles(channel, slot)) }
            return try setUpAPI(channel, routes, slot)
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    private func front(_ channel: any Channel, _ slot: ConnectionSlot) -> FrontHandler {
        FrontHandler(rules: rules, remoteAddress: RemoteAddress(channel.remoteAddress?.ipAddress ?? ""), slot: slot)
    }

    private func setUpFiles(_ channel: any Channel, _ slot: ConnectionSlot) throws -> WebConnection {
        try addFileHandlers(to: channel, rules: rules, front: front(channel, slot))
        return WebConnection(channel: channel, serve: nil)
    }

    private func setUpAPI(
        _ channel: any Channel, _ routes: RouteTable, _ slot: ConnectionSlot
    ) throws -> EventLoopFuture<WebConnection> {
        let responder = APIResponder(
            routes: routes, bodyLimit: rules.limits.body, logger: logger,
            remoteAddress: RemoteAddress(channel.remoteAddress?.ipAddress ?? ""),
            caller: asksPeer ? peerIdentity(of: channel) : nil)
        let limits = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: rules.limits.headers, maxHeaderListSize: rules.limits.headers,
            maxHeaderFieldCount: rules.limits.headerCount)
        let http = HTTP1Channel(
            responder: { request, writer, _ in try await responder.respond(request, writer) },
            configuration: HTTP1Channel.Configuration(httpDecoderConfiguration: limits))
        let front = NIOLoopBound(front(channel, slot), eventLoop: channel.eventLoop)
        return http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            // Directly behind the decoder: the API's own handlers see only what is for the API.
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(front.value, position: .after(decoder))
            return WebConnection(channel: channel) { await http.handle(value: value, logger: logger) }
        }
    }
}

/// The handlers of a connection on which only files are served.
private func addFileHandlers(to channel: any Channel, rules: FrontRules, front: FrontHandler) throws {
    var decoder = NIOHTTPDecoderLimitConfiguration()
    decoder.maxHeaderFieldSize = rules.limits.headers
    decoder.maxHeaderListSize = rules.limits.headers
    decoder.maxHeaderFieldCount = rules.limits.headerCount
    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
        withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
        withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoder)
    try channel.pipeline.syncOperations.addHandler(front)
}

/// Puts the handlers of plain HTTP on a channel that was made elsewhere, such as an embedded one.
package func addFileHandlers(to channel: any Channel, files: PublicFiles, limits: WebLimits = WebLimits()) throws {
    let rules = FrontRules(
        files: files, apiPrefixes: [], limits: limits, isSecure: false,
        counters: WebCounters(server: "embedded", factory: MetricsSystem.factory),
        observer: nil, fileIO: NonBlockingFileIO(threadPool: .singleton))
    let front = FrontHandler(rules: rules, remoteAddress: RemoteAddress(""), slot: ConnectionSlot())
    try addFileHandlers(to: channel, rules: rules, front: front)
}
