import APIClient
import MusterBase
import NIOCore
import NIOPosix
import TestSupport
import WebService

extension WebLimits {
    /// For tests that are not about time: a machine under load takes long for everything.
    static let patient = WebLimits(
        sparedIdle: .seconds(600), sparedUnasked: .seconds(600), idle: .seconds(600), head: .seconds(600),
        requestBody: .seconds(600), stalledWrite: .seconds(600))

    static func patient(body: Int) -> WebLimits {
        var limits = patient
        limits.body = body
        return limits
    }
}

/// A client that waits as long as ``WebLimits/patient``.
func patientClient(_ endpoint: ServerEndpoint) throws -> HTTPClient {
    try HTTPClient(
        endpoint,
        settings: HTTPClientSettings(
            connectTimeout: .seconds(600), readTimeout: .seconds(600), idleLimit: .seconds(600)))
}

/// Serves the tree by plain HTTP; `body` gets the port.
func withPublicServer<Result: Sendable>(
    _ files: PublicFiles, limits: WebLimits = .patient, observer: StaticAccessObserver? = nil,
    _ body: @escaping @Sendable (Int) async throws -> Result
) async throws -> Result {
    try await withService {
        PublicServer(
            [.tcp(address: "127.0.0.1", port: 0)], files: files, limits: limits, logger: quietLogger, onListening: $0,
            observer: observer)
    } _: { addresses in
        try await body(try port(of: addresses))
    }
}

func port(of addresses: [ListenAddress]) throws -> Int {
    guard case .tcp(_, let port)? = addresses.first else {
        throw MusterError(.internalFailure, "no address came up")
    }
    return port
}

/// Sends the octets and gives all that comes back until the server closes.
/// - Parameter finishing: say to the server that nothing more will come.
func exchange(_ port: Int, _ octets: [UInt8], finishing: Bool = false) async throws -> [UInt8] {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
    return try await channel.executeThenClose { inbound, outbound in
        try? await outbound.write(ByteBuffer(bytes: octets))
        if finishing { outbound.finish() }
        var answer: [UInt8] = []
        do {
            for try await piece in inbound { answer += piece.readableBytesView }
        } catch {
            // A reset after the answer is an end as well.
        }
        return answer
    }
}

func exchange(_ port: Int, _ text: String) async throws -> String {
    String(decoding: try await exchange(port, Array(text.utf8)), as: UTF8.self)
}

/// The status codes of the answers in a connection's octets, whose bodies hold no status line.
func statuses(_ answers: String) -> [Int] {
    answers.ranges(of: "HTTP/1.1 ").compactMap { Int(answers[$0.upperBound...].prefix(3)) }
}
