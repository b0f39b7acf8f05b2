import CLinux
import Glibc
import NIOCore
import TFTPWire

/// The transfers of a ``TransferLoop``. Lives in its thread.
final class ActiveTransfers {
    private final class Active {
        let order: TransferOrder
        /// Where it reads now.
        var piece: FilePieces.Piece?
        var transfer: TFTPTransfer
        var deadline = NIODeadline.distantFuture
        /// Blocks that the socket had no room for.
        var unsent: Range<Int64> = 0..<0
        /// Whether the kernel cuts windows into datagrams.
        var isSegmented: CInt = 1
        var isHeard = false

        init(_ order: TransferOrder) {
            self.order = order
            transfer = order.transfer
        }

        var socket: CInt { order.socket.number }
    }

    private let waitSet: CInt
    private let pieces = FilePieces()
    private var active: [Int: Active] = [:]
    private var nextLook = NIODeadline.now()
    /// Timers are looked at no more often; the shortest runs for a second.
    private static let tick = TimeAmount.milliseconds(50)
    /// Acknowledgments have 4 octets; only an error can be longer, and its text may be cut.
    private var datagram = [UInt8](repeating: 0, count: 600)

    init(waitSet: CInt) { self.waitSet = waitSet }

    /// For how long nothing has to be done but to wait, in milliseconds; -1 for as long as nothing comes.
    var patience: CInt {
        guard !active.isEmpty else { return -1 }
        return CInt(max(0, (nextLook - .now()).nanoseconds / 1_000_000 + 1))
    }

    func begin(_ order: TransferOrder) {
        let transfer = Active(order)
        active[order.number] = transfer
        guard order.isWanted() else { return displace(order.number) }
        guard muster_wait_set_put(waitSet, transfer.socket, UInt64(order.number), 0, 1) == 0 else {
            return end(transfer, .failed)
        }
        perform(transfer.transfer.start(), transfer)
    }

    func displace(_ number: Int) {
        guard let transfer = active[number] else { return }
        send(.error(code: .notDefined, message: "too many transfers, try again"), transfer)
        end(transfer, .displaced)
    }

    func endAll() {
        for transfer in active.values { end(transfer, .failed) }
    }

    /// Takes what came for a transfer, and sends what there was no room for.
    func serve(_ number: Int) {
        guard let transfer = active[number] else { return }
        // A client says one thing at a time: a second look at the socket would always find it empty.
        let count = recv(transfer.socket, &datagram, datagram.count, 0)
        if count >= 0 {
            take(datagram[..<count], transfer)
        } else if errno == ECONNREFUSED {
            // The client's kernel says that nobody listens there any more (ICMP): it has gone.
            end(transfer, .aborted("the client's port is closed"))
        } else if !transfer.unsent.isEmpty {
            send(transfer.unsent, transfer)
        }
    }

    /// Sends again where nothing came in time.
    func lookAtTimers() {
        let now = NIODeadline.now()
        guard now >= nextLook else { return }
        nextLook = now + Self.tick
        for transfer in active.values where transfer.deadline <= now {
            perform(transfer.transfer.handle(.timeout), transfer)
        }
    }

    private func take(_ octets: ArraySlice<UInt8>, _ transfer: Active) {
        // Nearly all that comes is acknowledgments: read without a detour.
        if octets.count == 4, octets[0] == 0, octets[1] == 4 {
            let block = UInt16(octets[2]) << 8 | UInt16(octets[3])
            return perform(transfer.transfer.handle(.acknowledgment(block: block)), transfer)
        }
        switch try? TFTPPacket(decoding: octets) {
        case .error(let code, let message):
            perform(transfer.transfer.handle(.error(code: code, message: message)), transfer)
        default: break
        }
    }

    private func perform(_ actions: [TFTPTransfer.Action], _ transfer: Active) {
        if !transfer.isHeard, transfer.transfer.isHeard {
            transfer.isHeard = true
            transfer.order.onHeard()
        }
        for action in actions {
            switch action {
            case .sendOptions(let options): send(.optionAcknowledgment(options), transfer)
            case .sendBlocks(let first, let count): send(first..<first + Int64(count), transfer)
            case .arm(let milliseconds): transfer.deadline = .now() + .milliseconds(Int64(milliseconds))
            case .finish: end(transfer, .complete)
            case .fail(.silence): end(transfer, .silent)
            case .fail(.refused(_, let message)): end(transfer, .aborted(message))
            }
        }
    }

    /// What is lost here is repeated when the client stays silent, as everywhere.
    private func send(_ packet: TFTPPacket, _ transfer: Active) {
        let octets = packet.encoded()
        _ = Glibc.send(transfer.socket, octets, octets.count, 0)
    }

    private func send(_ blocks: Range<Int64>, _ transfer: Active) {
        let hadRoom = transfer.unsent.isEmpty
        transfer.unsent = 0..<0
        var next = blocks.lowerBound
        while next < blocks.upperBound {
            let part = next..<min(blocks.upperBound, endOfPiece(next, transfer))
            guard let (sent, error) = send(part: part, transfer) else {
                send(.error(code: .notDefined, message: "the file cannot be read"), transfer)
                return end(transfer, .failed)
            }
            if sent < 0, error == ECONNREFUSED { return end(transfer, .aborted("the client's port is closed")) }
            // Any other error is a loss on the way.
            guard sent >= 0 || error == EAGAIN || error == ENOBUFS else { break }
            next += Int64(max(0, sent))
            guard next == part.upperBound else {
                transfer.unsent = next..<blocks.upperBound
                break
            }
        }
        guard hadRoom != transfer.unsent.isEmpty else { return }
        _ = muster_wait_set_put(
            waitSet, transfer.socket, UInt64(transfer.order.number), transfer.unsent.isEmpty ? 0 : 1, 0)
    }

    /// - Returns: how many of the blocks were taken, below 0 with the kernel's number of the error; nil when the file
    ///   cannot be read.
    private func send(part: Range<Int64>, _ transfer: Active) -> (Int, CInt)? {
        let machine = transfer.transfer
        let octets = machine.range(of: part.lowerBound).lowerBound..<machine.range(of: part.upperBound - 1).upperBound
        if transfer.piece?.contains(octets) != true {
            transfer.piece = pieces.piece(of: transfer.order.file, at: octets.lowerBound)
        }
        guard let piece = transfer.piece, piece.contains(octets) else { return nil }
        return piece.octets.withUnsafeBytes { bytes in
            let start = Int(octets.lowerBound - piece.start)
            let sent = muster_send_blocks(
                transfer.socket, UInt16(truncatingIfNeeded: part.lowerBound), bytes.baseAddress.map { $0 + start },
                octets.count, machine.parameters.blockSize, UInt32(part.count), &transfer.isSegmented)
            return (sent, sent < 0 ? errno : 0)
        }
    }

    /// The first block that begins behind the piece in which a block begins.
    private func endOfPiece(_ block: Int64, _ transfer: Active) -> Int64 {
        let size = Int64(transfer.transfer.parameters.blockSize)
        let end = ((block - 1) * size / FilePieces.length + 1) * FilePieces.length
        return (end + size - 1) / size + 1
    }

    private func end(_ transfer: Active, _ outcome: TFTPAccess.Outcome) {
        // Twice when a packet could not be sent on the way out.
        guard active.removeValue(forKey: transfer.order.number) != nil else { return }
        transfer.order.onEnd(transfer.transfer, outcome)
    }
}
