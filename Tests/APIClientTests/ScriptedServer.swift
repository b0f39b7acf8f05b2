import APIClient
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport

/// A server that answers each request with what the script says, whatever was asked. It counts what comes in.
final class ScriptedServer: Sendable {
    enum Reply: Sendable {
        case bytes(String)
        /// These, then the connection is closed.
        case last(String)
        case nothing
        /// A 200 answer with a body of so many octets.
        case body(Int)
    }

    private struct Seen {
        var connections = 0
        var requests: [String] = []
    }

    let port: Int
    private let channel: any Channel
    private let seen: Box

    /// A class of its own: the channel initializer must not hold the server that it makes.
    private final class Box: Sendable {
        let state = Mutex(Seen())
    }

    var connections: Int { seen.state.withLock { $0.connections } }
    /// The heads of the requests, and what came of their bodies in the same read.
    var requests: [String] { seen.state.withLock { $0.requests } }

    typealias Script = @Sendable (_ connection: Int, _ request: Int) -> Reply

    init(certificate: String? = nil, script: @escaping Script) async throws {
        let seen = Box()
        var context: NIOSSLContext?
        if let certificate {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
            let key = try NIOSSLPrivateKey(bytes: Array(TestCertificates.key.utf8), format: .pem)
            context = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        }
        let tls = context
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    let number = seen.state.withLock { state in
                        state.connections += 1
                        return state.connections
                    }
                    let handler = ScriptHandler { request in
                        seen.state.withLock { $0.requests.append(request) }
                    } reply: {
                        script(number, $0)
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        self.seen = seen
    }

    func stop() async { try? await channel.close() }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let note: (String) -> Void
    private let reply: (Int) -> ScriptedServer.Reply
    private var received = ""
    private var count = 0

    init(note: @escaping (String) -> Void, reply: @escaping (Int) -> ScriptedServer.Reply) {
        self.note = note
        self.reply = reply
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        // The first octet of a TLS handshake counts as a request too.
        guard received.contains("\r\n\r\n") || received.utf8.first == 0x16 else { return }
        note(received)
        received = ""
        count += 1
        switch reply(count) {
        case .bytes(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        case .last(let text):
            let sent = context.eventLoop.makePromise(of: Void.self)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: sent)
            sent.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        case .nothing: break
        case .body(let length):
            let head = "HTTP/1.1 200 OK\r\ncontent-length: \(length)\r\n\r\n"
            context.write(wrapOutboundOut(ByteBuffer(string: head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(repeating: 7, count: length)), promise: nil)
        }
    }
}

/// Runs a server for as long as `body` takes.
func withServer<Result>(
    certificate: String? = nil, script: @escaping ScriptedServer.Script,
    _ body: (ScriptedServer) async throws -> Result
) async throws -> Result {
    let server = try await ScriptedServer(certificate: certificate, script: script)
    do {
        let result = try await body(server)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}

/// Runs a server that gives all requests the same reply for as long as `body` takes.
func withServer<Result>(
    certificate: String? = nil, saying reply: ScriptedServer.Reply, _ body: (ScriptedServer) async throws -> Result
) async throws -> Result {
    let script: ScriptedServer.Script = { _, _ in reply }
    return try await withServer(certificate: certificate, script: script, body)
}

extension HTTPClientSettings {
    /// For tests that are not about time: a machine under load takes long for everything.
    static let patient = HTTPClientSettings(
        connectTimeout: .seconds(600), readTimeout: .seconds(600), idleLimit: .seconds(600))
}

/// An answer with status 200 and this body.
func ok(_ body: String, type: String = "application/json") -> String {
    "HTTP/1.1 200 OK\r\ncontent-type: \(type)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
}
