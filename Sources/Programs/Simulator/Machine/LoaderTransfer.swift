import MusterBase
import NIOCore
import TFTPWire

/// How firmware loads a file by TFTP: it asks for the size and breaks off, then asks again and takes block after block,
/// each acknowledged before the next. No I/O and no clock.
struct LoaderTransfer: Sendable {
    enum Event: Sendable {
        case none
        case send([UInt8], port: UInt16)
        /// The size is known and that transfer broken off; ``begin(at:)`` opens the next, from another port.
        case sized(farewell: [UInt8], port: UInt16)
        case complete(octets: Int, acknowledgment: [UInt8], port: UInt16)
        case failed(String)
    }

    private enum Phase: Sendable {
        case sizing
        case opening
        case receiving(port: UInt16)
    }

    static let serverPort: UInt16 = 69
    static let blockSize = 1468
    /// As EDK II has it (`MTFTP4_DEFAULT_TIMEOUT`, `MTFTP4_DEFAULT_RETRY`).
    private static let timeout = Duration.seconds(3)
    private static let retries = 5

    private let file: String
    private var phase = Phase.sizing
    private var size: Int?
    private var received = 0
    private var lastBlock: UInt16 = 0
    private var attempts = 0
    private(set) var deadline = Duration.zero

    init(file: String) { self.file = file }

    /// Whether a block has come.
    var isUnderWay: Bool { received > 0 }

    mutating func begin(at now: Duration) -> Event {
        attempts = 0
        return sendAgain(at: now)
    }

    mutating func timer(at now: Duration) -> Event {
        guard now >= deadline else { return .none }
        attempts += 1
        guard attempts <= Self.retries else { return .failed("the server stopped answering at octet \(received)") }
        return sendAgain(at: now)
    }

    private mutating func sendAgain(at now: Duration) -> Event {
        deadline = now + Self.timeout
        switch phase {
        case .sizing: return .send(request([TFTPOption("tsize", "0"), TFTPOption("blksize", "1468")]), port: 69)
        case .opening: return .send(request([TFTPOption("blksize", "1468")]), port: 69)
        case .receiving(let port): return .send(acknowledgment(lastBlock), port: port)
        }
    }

    private func request(_ options: [TFTPOption]) -> [UInt8] {
        TFTPPacket.readRequest(TFTPRequest(file: file, options: options)).encoded()
    }

    private func acknowledgment(_ block: UInt16) -> [UInt8] { [0, 4, UInt8(block >> 8), UInt8(block & 0xFF)] }

    /// - Parameter port: where the datagram came from.
    mutating func take(_ datagram: ByteBuffer, from port: UInt16, at now: Duration) -> Event {
        guard let code: UInt16 = datagram.getInteger(at: datagram.readerIndex) else { return .none }
        switch code {
        case 3: return data(datagram, from: port, at: now)
        case 6: return options(datagram, from: port, at: now)
        case 5: return .failed(errorText(datagram))
        default: return .none
        }
    }

    private mutating func options(_ datagram: ByteBuffer, from port: UInt16, at now: Duration) -> Event {
        switch phase {
        case .sizing:
            guard
                case .optionAcknowledgment(let options)? = try? TFTPPacket(
                    decoding: Array(datagram.readableBytesView)[...]),
                let size = options.first(where: { $0.name == "tsize" }).flatMap({ Int($0.value) })
            else { return .failed("the server does not tell the size of \(file)") }
            self.size = size
            phase = .opening
            return .sized(
                farewell: TFTPPacket.error(code: .notDefined, message: "TFTP Aborted").encoded(), port: port)
        case .opening:
            phase = .receiving(port: port)
            return acknowledge(0, port, at: now)
        case .receiving(let known) where known == port && received == 0: return acknowledge(0, port, at: now)
        case .receiving: return .none
        }
    }

    private mutating func data(_ datagram: ByteBuffer, from port: UInt16, at now: Duration) -> Event {
        guard case .receiving(let known) = phase, known == port,
            let block: UInt16 = datagram.getInteger(at: datagram.readerIndex + 2)
        else { return .none }
        // What is not the next block is answered with the last acknowledgment again, as EDK II does
        // (`Mtftp4RrqHandleData`).
        guard block == lastBlock &+ 1 else { return .send(acknowledgment(lastBlock), port: port) }
        let count = datagram.readableBytes - 4
        received += count
        lastBlock = block
        attempts = 0
        guard count < Self.blockSize else { return acknowledge(block, port, at: now) }
        guard received == size else {
            return .failed("\(file) ended at \(received) of \(size ?? 0) octets")
        }
        return .complete(octets: received, acknowledgment: acknowledgment(block), port: port)
    }

    private mutating func acknowledge(_ block: UInt16, _ port: UInt16, at now: Duration) -> Event {
        deadline = now + Self.timeout
        return .send(acknowledgment(block), port: port)
    }

    private func errorText(_ datagram: ByteBuffer) -> String {
        guard case .error(_, let message)? = try? TFTPPacket(decoding: Array(datagram.readableBytesView)[...]) else {
            return "the server refuses \(file)"
        }
        return "the server refuses \(file): \(message)"
    }
}
