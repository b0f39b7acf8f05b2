import MusterBase
import NIOCore
import NIOPosix
import Synchronization
import TFTPWire

/// Clients on the loopback.
enum DatagramClient {
    typealias Envelope = AddressedEnvelope<ByteBuffer>
    typealias Writer = NIOAsyncChannelOutboundWriter<Envelope>
    typealias Reader = NIOAsyncChannelInboundStream<Envelope>.AsyncIterator

    /// Runs `body` with a socket of its own; `heard` are the packets that come in.
    static func with<Result: Sendable>(
        _ body: @escaping @Sendable (_ say: Writer, _ heard: inout Reader) async throws -> Result
    ) async throws -> Result {
        try await withChannel { _, say, heard in try await body(say, &heard) }
    }

    private static func withChannel<Result: Sendable>(
        _ body: @escaping @Sendable (any Channel, _ say: Writer, _ heard: inout Reader) async throws -> Result
    ) async throws -> Result {
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .channelOption(.socketOption(.so_rcvbuf), value: 1 << 20)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<Envelope, Envelope>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var iterator = inbound.makeAsyncIterator()
            return try await body(channel.channel, outbound, &iterator)
        }
    }

    static func envelope(_ octets: [UInt8], to remote: SocketAddress) -> Envelope {
        Envelope(remoteAddress: remote, data: ByteBuffer(bytes: octets))
    }

    static func packet(_ envelope: Envelope?) throws -> TFTPPacket {
        guard let envelope else { throw MusterError(.unavailable, "no packet came") }
        return try TFTPPacket(decoding: Array(envelope.data.readableBytesView)[...])
    }

    /// Fetches a file as a good client does; throws `not_found` with the server's words for an error.
    static func fetch(_ request: TFTPRequest, from server: SocketAddress) async throws -> [UInt8] {
        try await withChannel { channel, say, heard in
            let first = envelope(TFTPPacket.readRequest(request).encoded(), to: server)
            let last = LastPacket(first)
            // What was said last is said again now and then: packets are lost on the loopback too.
            let repeater = channel.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
                channel.writeAndFlush(last.value, promise: nil)
                // The server has long given up.
                if last.count > 100 { channel.close(promise: nil) }
            }
            defer { repeater.cancel() }
            try await say.write(first)
            var reception = Reception()
            while let envelope = try await heard.next() {
                guard let answer = try reception.take(try packet(envelope)) else { continue }
                let reply = Self.envelope(answer.encoded(), to: envelope.remoteAddress)
                last.value = reply
                try await say.write(reply)
                if reception.isComplete { return reception.content }
            }
            throw MusterError(.unavailable, "the socket was closed")
        }
    }
}

private final class LastPacket: Sendable {
    private let state: Mutex<(envelope: DatagramClient.Envelope, count: Int)>

    init(_ envelope: DatagramClient.Envelope) { state = Mutex((envelope, 0)) }

    /// Reading counts: how often it was said.
    var value: DatagramClient.Envelope {
        get {
            state.withLock { state in
                state.count += 1
                return state.envelope
            }
        }
        set { state.withLock { $0 = (newValue, 0) } }
    }

    var count: Int { state.withLock { $0.count } }
}

/// What a client has received of a file.
private struct Reception {
    private(set) var content: [UInt8] = []
    private(set) var isComplete = false
    private var parameters = TFTPParameters()
    private var last: UInt16 = 0
    private var sinceAcknowledgment = 0
    private var complained: UInt16?

    mutating func take(_ packet: TFTPPacket) throws -> TFTPPacket? {
        switch packet {
        case .optionAcknowledgment(let options):
            parameters = TFTPParameters(options, size: nil)
            return .acknowledgment(block: 0)
        case .data(let block, let payload): return take(block, payload)
        case .error(_, let message): throw MusterError(.notFound, message)
        default: throw MusterError(.malformed, "a packet that a server does not send")
        }
    }

    private mutating func take(_ block: UInt16, _ payload: ArraySlice<UInt8>) -> TFTPPacket? {
        guard block == last &+ 1 else {
            // Said once for each gap.
            sinceAcknowledgment = 0
            guard parameters.windowSize > 1, complained != last else { return nil }
            complained = last
            return .acknowledgment(block: last)
        }
        content += payload
        last = block
        sinceAcknowledgment += 1
        isComplete = payload.count < parameters.blockSize
        guard isComplete || sinceAcknowledgment == parameters.windowSize else { return nil }
        sinceAcknowledgment = 0
        return .acknowledgment(block: block)
    }
}
