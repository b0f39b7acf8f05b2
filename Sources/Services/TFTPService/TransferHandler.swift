import MusterBase
import NIOCore
import TFTPWire

/// Runs one transfer on its own socket, which is connected to the client: what others send to it the kernel refuses.
final class TransferHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = ByteBuffer

    private var transfer: TFTPTransfer
    private let source: FileSource
    private let completion: (TFTPTransfer, TFTPAccess.Outcome) -> Void
    /// Called once, when the client acknowledged something.
    private var onHeard: (() -> Void)?
    private var isReported = false
    /// Where the timer stands. One scheduled task follows it, instead of a new one for each packet.
    private var deadline = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(
        _ transfer: TFTPTransfer, source: FileSource, onHeard: @escaping () -> Void,
        completion: @escaping (TFTPTransfer, TFTPAccess.Outcome) -> Void
    ) {
        self.transfer = transfer
        self.source = source
        self.onHeard = onHeard
        self.completion = completion
    }

    /// Sends the first packets: the channel is connected by now.
    func handlerAdded(context: ChannelHandlerContext) { perform(transfer.start(), context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data).data
        // Nearly all that comes is acknowledgments: read without a detour.
        if bytes.readableBytes == 4, bytes.getInteger(at: bytes.readerIndex, as: UInt16.self) == 4,
            let block = bytes.getInteger(at: bytes.readerIndex + 2, as: UInt16.self)
        {
            perform(transfer.handle(.acknowledgment(block: block)), context)
            return
        }
        switch try? TFTPPacket(decoding: Array(bytes.readableBytesView)[...]) {
        case .acknowledgment(let block): perform(transfer.handle(.acknowledgment(block: block)), context)
        case .error(let code, let message): perform(transfer.handle(.error(code: code, message: message)), context)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The client's kernel says that nobody listens there any more (ICMP): it has gone.
        end(.aborted("the client's port is closed"), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is TransferDisplaced else { return context.fireUserInboundEventTriggered(event) }
        guard !isReported else { return }
        send(.error(code: .notDefined, message: "too many transfers, try again"), context)
        end(.displaced, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        report(.failed)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        report(.failed)
    }

    private func perform(_ actions: [TFTPTransfer.Action], _ context: ChannelHandlerContext) {
        if let onHeard, transfer.isHeard {
            self.onHeard = nil
            onHeard()
        }
        for action in actions {
            switch action {
            case .sendOptions(let options):
                send(.optionAcknowledgment(options), context)
            case .sendBlocks(let first, let count):
                guard sendBlocks(first, count, context) else { return }
            case .arm(let milliseconds):
                deadline = .now() + .milliseconds(Int64(milliseconds))
                if timer == nil { arm(context) }
            case .finish: end(.complete, context)
            case .fail(.silence): end(.silent, context)
            case .fail(.refused(_, let message)): end(.aborted(message), context)
            }
        }
    }

    private func send(_ packet: TFTPPacket, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: packet.encoded())), promise: nil)
    }

    private func sendBlocks(_ first: Int64, _ count: Int, _ context: ChannelHandlerContext) -> Bool {
        for block in first..<first + Int64(count) {
            let range = transfer.range(of: block)
            guard let payload = source.bytes(range) else {
                send(.error(code: .notDefined, message: "the file cannot be read"), context)
                end(.failed, context)
                return false
            }
            var packet = context.channel.allocator.buffer(capacity: TFTPPacket.dataHeaderLength + payload.readableBytes)
            packet.writeInteger(UInt16(3))
            packet.writeInteger(UInt16(truncatingIfNeeded: block))
            packet.writeImmutableBuffer(payload)
            context.write(wrapOutboundOut(packet), promise: nil)
        }
        context.flush()
        return true
    }

    private func arm(_ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            guard !self.transfer.isOver else { return }
            if NIODeadline.now() < self.deadline {
                self.arm(context)
            } else {
                self.perform(self.transfer.handle(.timeout), context)
            }
        }
    }

    private func end(_ outcome: TFTPAccess.Outcome, _ context: ChannelHandlerContext) {
        report(outcome)
        context.close(promise: nil)
    }

    private func report(_ outcome: TFTPAccess.Outcome) {
        guard !isReported else { return }
        isReported = true
        completion(transfer, outcome)
    }
}
