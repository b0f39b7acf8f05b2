import HummingbirdCore
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix
import NIOSSL

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

    func setUp(_ channel: any Channel, _ slot: ConnectionSlot, _ connections: APIConnections) throws {
        if let tls {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context))
        }
        let address = RemoteAddress(channel.remoteAddress?.ipAddress ?? "")
        let front = FrontHandler(
            rules: rules, remoteAddress: address, slot: slot,
            attachAPI: routes.map { routes in
                { channel in try attachAPI(to: channel, routes, address, connections) }
            })
        try addHandlers(to: channel, front)
    }

    /// Puts the API behind the other handlers of a connection.
    private func attachAPI(
        to channel: any Channel, _ routes: RouteTable, _ address: RemoteAddress, _ connections: APIConnections
    ) throws {
        let responder = APIResponder(
            routes: routes, bodyLimit: rules.limits.body, logger: logger, remoteAddress: address,
            caller: asksPeer ? peerIdentity(of: channel) : nil)
        let isServed = try connections.add {
            try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            let parts = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            let http = HTTP1Channel { request, writer, _ in try await responder.respond(request, writer) }
            return { [logger] in await http.handle(value: parts, logger: logger) }
        }
        guard isServed else { throw ChannelError.ioOnClosedChannel }
    }
}

/// The handlers that every connection has.
private func addHandlers(to channel: any Channel, _ front: FrontHandler) throws {
    let limits = front.rules.limits
    var decoder = NIOHTTPDecoderLimitConfiguration()
    decoder.maxHeaderFieldSize = limits.headers
    decoder.maxHeaderListSize = limits.headers
    decoder.maxHeaderFieldCount = limits.headerCount
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
    let front = FrontHandler(rules: rules, remoteAddress: RemoteAddress(""), slot: ConnectionSlot(), attachAPI: nil)
    try addHandlers(to: channel, front)
}
