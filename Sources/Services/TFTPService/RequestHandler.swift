import Logging
import MusterBase
import NIOCore
import NIOPosix
import TFTPWire

/// What all request ports of a service share.
struct TFTPContext: Sendable {
    let files: TFTPFiles
    let limits: TFTPServiceLimits
    let table: TransferTable
    let counters: TFTPCounters
    let loop: TransferLoop
    let logger: Logger
    let logLimiter = LogLimiter()
    let observer: TFTPAccessObserver?

    func report(_ access: TFTPAccess) {
        counters.octets.increment(by: access.octets)
        counters.retransmissions.increment(by: access.retransmissions)
        if access.outcome != .complete { counters.failed.increment() }
        observer?(access)
    }
}

/// Takes the requests on the well-known port and begins a transfer for each on a socket of its own.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let shared: TFTPContext

    init(_ shared: TFTPContext) { self.shared = shared }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        shared.counters.requests.increment()
        let remote = envelope.remoteAddress
        switch try? TFTPPacket(decoding: Array(envelope.data.readableBytesView)[...]) {
        case .readRequest(let request):
            read(request, from: remote, to: envelope.metadata?.packetInfo?.destinationAddress, context)
        case .writeRequest(let request):
            shared.counters.refused.increment()
            if let admission = shared.logLimiter.admit("write request") {
                shared.logger.notice(
                    "write request refused",
                    metadata: [
                        "remote": "\(remote)", "file": "\(quotedForLog(request.file))",
                        "not_logged_before": "\(admission.notLogged)",
                    ])
            }
            refuse(.accessViolation, "this server is read-only", remote, context)
        default:
            // No answer: it may come from somebody else than it says.
            shared.counters.malformed.increment()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // ICMP errors about earlier answers: of no consequence for the port.
    }

    private func refuse(
        _ code: TFTPErrorCode, _ message: String, _ remote: SocketAddress, _ context: ChannelHandlerContext
    ) {
        let packet = ByteBuffer(bytes: TFTPPacket.error(code: code, message: message).encoded())
        context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: remote, data: packet)), promise: nil)
    }

    private func read(
        _ request: TFTPRequest, from remote: SocketAddress, to local: SocketAddress?, _ context: ChannelHandlerContext
    ) {
        let client = remote.ipAddress ?? ""
        func report(_ outcome: TFTPAccess.Outcome, _ path: String) {
            shared.report(TFTPAccess(remoteAddress: client, path: path, outcome: outcome))
        }
        guard let path = tftpFilePath(request.file) else {
            shared.counters.refused.increment()
            report(.refused, request.file)
            return refuse(.accessViolation, "that path is not served", remote, context)
        }
        let number: Int
        switch shared.table.admit(remote) {
        case .underWay: return
        case .full:
            shared.counters.dropped.increment()
            report(.refused, "/" + path)
            return refuse(.notDefined, "too many transfers, try again", remote, context)
        case .admitted(let admitted, let evicted):
            number = admitted
            if let evicted {
                shared.counters.dropped.increment()
                shared.loop.displace(evicted)
            }
        }
        let file: RequestedFile
        do throws(TFTPFiles.Refusal) {
            file = try find(path, mode: request.mode)
        } catch {
            shared.table.remove(remote, number)
            switch error {
            case .notFound:
                report(.notFound, "/" + path)
                return refuse(.fileNotFound, "file not found", remote, context)
            case .exhausted:
                // Firmware that is told of no such file gives up, and its operator looks for one.
                shared.counters.dropped.increment()
                report(.failed, "/" + path)
                return refuse(.notDefined, "the server has too many files open, try again", remote, context)
            }
        }
        let parameters = TFTPParameters(request.options, size: file.size, limits: shared.limits.options)
        begin(TFTPTransfer(parameters, size: file.size), file, path: "/" + path, remote, number, from: local)
    }

    private func find(_ path: String, mode: TFTPMode) throws(TFTPFiles.Refusal) -> RequestedFile {
        let file = try shared.files.open(path)
        guard mode == .netascii else { return file }
        guard file.size <= shared.limits.netasciiFile, let text = file.asNetascii() else { throw .notFound }
        return text
    }

    /// - Parameter local: the address that the client sent to; boot firmware takes answers from no other.
    private func begin(
        _ transfer: TFTPTransfer, _ file: RequestedFile, path: String, _ remote: SocketAddress,
        _ number: Int, from local: SocketAddress?
    ) {
        let shared = shared
        let client = remote.ipAddress ?? ""
        do {
            let socket = try TransferSocket.open(remote: remote, local: local)
            let order = TransferOrder(number: number, transfer: transfer, file: file, socket: socket) {
                shared.table.contains(remote, number)
            } onHeard: {
                shared.table.heard(remote, number)
            } onEnd: { transfer, outcome in
                shared.table.remove(remote, number)
                shared.report(
                    TFTPAccess(
                        remoteAddress: client, path: path, outcome: outcome, octets: transfer.delivered,
                        retransmissions: transfer.retransmissions))
            }
            shared.loop.begin(order)
        } catch {
            shared.table.remove(remote, number)
            if let admission = shared.logLimiter.admit("socket") {
                shared.logger.warning(
                    "cannot open a socket for a transfer",
                    metadata: [
                        "remote": "\(remote)", "error": "\(error)", "not_logged_before": "\(admission.notLogged)",
                    ])
            }
            shared.report(TFTPAccess(remoteAddress: client, path: path, outcome: .failed))
        }
    }
}
