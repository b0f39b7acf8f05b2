import MusterBase
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTP/1.1 client of one server. Sequential requests share one connection; requests at the same time get one each.
///
/// All errors are ``MusterError``: `unavailable` and `timeout` for the network, `verification_failed` with a
/// ``TLSFailure`` for certificates, `malformed` for answers that are not HTTP.
public final class HTTPClient: Sendable {
    private struct Idle {
        let connection: HTTPConnection
        let since: ContinuousClock.Instant
    }

    public let endpoint: ServerEndpoint
    public let settings: HTTPClientSettings
    private let tls: NIOSSLContext?
    private let group: any EventLoopGroup
    private let clock: WallClock
    private let idle = Mutex<[Idle]>([])

    /// Opens no connection yet. Throws `invalid_input` when the authorities of an `https` endpoint cannot be read.
    /// - Parameter clock: what certificates' times are compared with, only to explain a failure.
    public init(
        _ endpoint: ServerEndpoint, settings: HTTPClientSettings = HTTPClientSettings(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, clock: WallClock = .system
    ) throws {
        self.endpoint = endpoint
        self.settings = settings
        self.group = group
        self.clock = clock
        guard case .https(_, _, let authorities) = endpoint else {
            tls = nil
            return
        }
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorities.utf8)))
            configuration.applicationProtocols = ["http/1.1"]
            // Answers say their length themselves: nothing is lost when the server does not say farewell.
            configuration.shutdownTimeout = .milliseconds(200)
            tls = try NIOSSLContext(configuration: configuration)
        } catch {
            throw MusterError(.invalidInput, "cannot read the authority's certificate for \(endpoint)", cause: error)
        }
    }

    deinit { close() }

    /// Closes the connections that are kept. The client can still be used.
    public func close() {
        let all = idle.withLock { list in
            defer { list = [] }
            return list
        }
        for entry in all { entry.connection.close() }
    }

    /// Sends a request and collects the whole answer, of whatever status.
    /// - Parameters:
    ///   - target: path and query, percent-encoded.
    ///   - readTimeout: instead of the client's own, for long polls.
    public func request(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil,
        readTimeout: Duration? = nil
    ) async throws -> HTTPResponse {
        let limit = settings.bodyLimit
        return try await withStream(method, target, headers: headers, body: body, readTimeout: readTimeout) {
            response in
            HTTPResponse(
                status: response.status, headers: response.headers,
                body: try await response.body.collect(upTo: limit, expecting: response.contentLength))
        }
    }

    /// Sends a request and hands the answer, of whatever status, to `consume` as soon as its head is there. What
    /// `consume` leaves unread is thrown away together with the connection.
    public func withStream<Result: Sendable>(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil,
        readTimeout: Duration? = nil, _ consume: (HTTPStreamedResponse) async throws -> Result
    ) async throws -> Result {
        let subject = "\(method.rawValue) \(target) of \(endpoint)"
        guard target.utf8.first == UInt8(ascii: "/"), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw MusterError(.invalidInput, "\(subject): that is not a path")
        }
        let timeout = readTimeout ?? settings.readTimeout
        let head = requestHead(method, target, headers: headers, body: body)
        let (connection, exchange, answer) = try await send(head, body: body, subject: subject, timeout: timeout)
        do {
            let result = try await consume(
                HTTPStreamedResponse(
                    status: Int(answer.status.code), headers: answer.headers, body: HTTPBodyStream(exchange: exchange)))
            await release(connection, after: exchange)
            return result
        } catch {
            connection.close()
            throw error
        }
    }

    private func requestHead(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders, body: [UInt8]?
    ) -> HTTPRequestHead {
        var fields = headers
        fields.replaceOrAdd(name: "host", value: endpoint.hostField)
        if !fields.contains(name: "user-agent") { fields.add(name: "user-agent", value: "muster") }
        if let body { fields.replaceOrAdd(name: "content-length", value: String(body.count)) }
        return HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: fields)
    }

    /// Sends on a kept connection or else a new one. A kept connection may have been closed by the server at the same
    /// moment: then a request that may be repeated (RFC 9110, section 9.2.2) is sent once more.
    private func send(
        _ head: HTTPRequestHead, body: [UInt8]?, subject: String, timeout: Duration
    ) async throws -> (HTTPConnection, Exchange, HTTPResponseHead) {
        let buffer = body.map { ByteBuffer(bytes: $0) }
        let isRepeatable = [.GET, .HEAD, .PUT, .DELETE].contains(head.method)
        while let kept = takeIdle() {
            guard try await kept.begin(head, body: buffer) else { continue }
            let exchange = Exchange(subject: subject, connection: kept, endpoint: endpoint, readTimeout: timeout)
            do {
                return (kept, exchange, try await exchange.readHead())
            } catch {
                kept.close()
                let isLost = !(error is ExchangeFailure && error as? ExchangeFailure == .silent)
                guard isRepeatable, isLost, !Task.isCancelled else {
                    throw connectionError(error, subject: subject, endpoint: endpoint, timeout: timeout)
                }
            }
        }
        let fresh = try await open(subject: subject)
        do {
            guard try await fresh.begin(head, body: buffer) else { throw ExchangeFailure.closed }
            let exchange = Exchange(subject: subject, connection: fresh, endpoint: endpoint, readTimeout: timeout)
            return (fresh, exchange, try await exchange.readHead())
        } catch {
            fresh.close()
            throw connectionError(error, subject: subject, endpoint: endpoint, timeout: timeout)
        }
    }

    private func open(subject: String) async throws -> HTTPConnection {
        try Task.checkCancellation()
        do {
            return try await HTTPConnection.open(endpoint, tls: tls, settings: settings, group: group)
        } catch {
            var reason = error
            if TLSFailure.from(error) == .untrusted, let failure = await timeFailure() { reason = failure }
            throw connectionError(reason, subject: subject, endpoint: endpoint, timeout: settings.connectTimeout)
        }
    }

    /// BoringSSL tells only that a certificate does not verify: looks whether time is the reason.
    private func timeFailure() async -> TLSFailure? {
        guard case .https(_, _, let authorities) = endpoint, let tls else { return nil }
        let now = clock.now()
        let roots = (try? NIOSSLCertificate.fromPEMBytes(Array(authorities.utf8))) ?? []
        if roots.count == 1, let failure = TLSFailure.ofTime(roots, now: now) { return failure }
        let chain = await HTTPConnection.certificates(of: endpoint, tls: tls, settings: settings, group: group)
        return TLSFailure.ofTime(chain, now: now)
    }

    private func takeIdle() -> HTTPConnection? {
        let oldest = ContinuousClock.now - settings.idleLimit
        return idle.withLock { list in
            while let entry = list.popLast() {
                if entry.connection.isActive, entry.since > oldest { return entry.connection }
                entry.connection.close()
            }
            return nil
        }
    }

    private func release(_ connection: HTTPConnection, after exchange: Exchange) async {
        guard exchange.isReusable, connection.isActive, (try? await connection.finish()) != nil else {
            connection.close()
            return
        }
        let isKept = idle.withLock { list in
            guard list.count < settings.idleConnections else { return false }
            list.append(Idle(connection: connection, since: .now))
            return true
        }
        if !isKept { connection.close() }
    }
}
