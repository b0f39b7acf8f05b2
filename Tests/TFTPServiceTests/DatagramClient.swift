import MusterBase
import NIOCore
import NIOPosix
import TFTPWire

/// A client on the loopback that says and hears packets one by one.
enum DatagramClient {
    /// Runs `body` with a socket of its own; `heard` are the packets that come in.
    static func with<Result: Sendable>(
        _ body: @escaping @Sendable (
            _ say: NIOAsyncChannelOutboundWriter<AddressedEnvelope<ByteBuffer>>,
            _ heard: inout NIOAsyncChannelInboundStream<AddressedEnvelope<ByteBuffer>>.AsyncIterator
        ) async throws -> Result
    ) async throws -> Result {
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<AddressedEnvelope<ByteBuffer>, AddressedEnvelope<ByteBuffer>>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var iterator = inbound.makeAsyncIterator()
            return try await body(outbound, &iterator)
        }
    }

    static func envelope(_ octets: [UInt8], to remote: SocketAddress) -> AddressedEnvelope<ByteBuffer> {
        AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: octets))
    }

    static func packet(_ envelope: AddressedEnvelope<ByteBuffer>?) throws -> TFTPPacket {
        guard let envelope else { throw MusterError(.unavailable, "no packet came") }
        return try TFTPPacket(decoding: Array(envelope.data.readableBytesView)[...])
    }

    /// Fetches a file as a good client does; throws `not_found` with the server's words for an error.
    static func fetch(_ request: TFTPRequest, from server: SocketAddress) async throws -> [UInt8] {
        try await with { say, heard in
            try await say.write(envelope(TFTPPacket.readRequest(request).encoded(), to: server))
            var content: [UInt8] = []
            var parameters = TFTPParameters()
            var expected: UInt16 = 1
            while let envelope = try await heard.next() {
                var answer: TFTPPacket?
                switch try packet(envelope) {
                case .optionAcknowledgment(let options):
                    parameters = TFTPParameters(options, size: nil)
                    answer = .acknowledgment(block: 0)
                case .data(let block, let payload) where block == expected:
                    content += payload
                    expected &+= 1
                    let isLast = payload.count < parameters.blockSize
                    if isLast || Int(block) % parameters.windowSize == 0 { answer = .acknowledgment(block: block) }
                    if isLast {
                        let last = TFTPPacket.acknowledgment(block: block).encoded()
                        try await say.write(Self.envelope(last, to: envelope.remoteAddress))
                        return content
                    }
                case .data: break
                case .error(_, let message): throw MusterError(.notFound, message)
                default: throw MusterError(.malformed, "a packet that a server does not send")
                }
                if let answer { try await say.write(Self.envelope(answer.encoded(), to: envelope.remoteAddress)) }
            }
            throw MusterError(.unavailable, "the socket was closed")
        }
    }
}
