import CLinux
import Glibc
import MusterBase
import Synchronization
import TFTPWire

/// A transfer to begin.
struct TransferOrder: Sendable {
    /// Of the ``TransferTable``; above 0.
    let number: Int
    let transfer: TFTPTransfer
    let file: RequestedFile
    /// Connected to the client: what others send to it the kernel refuses.
    let socket: FileDescriptor
    /// False when the transfer gave its place before it began.
    let isWanted: @Sendable () -> Bool
    /// The client has acknowledged something.
    let onHeard: @Sendable () -> Void
    let onEnd: @Sendable (TFTPTransfer, TFTPAccess.Outcome) -> Void
}

/// Sends the blocks of all transfers, in one thread of its own.
///
/// A block of TFTP is an acknowledgment in and a datagram out, so what counts is what stands between the two system
/// calls: here a look into a table (docs/decisions/0009).
final class TransferLoop: Sendable {
    private enum Message: Sendable {
        case begin(TransferOrder)
        case displace(Int)
        case stop
    }

    private struct Mailbox: Sendable {
        var messages: [Message] = []
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let mailbox = Mutex(Mailbox())
    private let bell: FileDescriptor
    private let waitSet: FileDescriptor

    /// Starts the thread. It runs until ``stop()``.
    init() throws(MusterError) {
        bell = FileDescriptor(muster_open_bell())
        waitSet = FileDescriptor(muster_open_wait_set())
        guard bell.number >= 0, waitSet.number >= 0, muster_wait_set_put(waitSet.number, bell.number, 0, 0, 1) == 0
        else { throw MusterError(.systemFailure, "cannot wait for TFTP packets: \(String(cString: strerror(errno)))") }
        var thread = pthread_t()
        let pointer = Unmanaged.passRetained(self)
        let error = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<TransferLoop>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, pointer.toOpaque())
        guard error == 0 else {
            pointer.release()
            throw MusterError(.systemFailure, "cannot start the thread of TFTP: \(String(cString: strerror(error)))")
        }
        pthread_detach(thread)
    }

    func begin(_ order: TransferOrder) {
        if !post(.begin(order)) { order.onEnd(order.transfer, .failed) }
    }

    /// Ends a transfer that gave its place to another, and tells its client so.
    func displace(_ number: Int) { _ = post(.displace(number)) }

    /// Gives up all transfers; returns when the thread is about to end.
    func stop() async {
        _ = post(.stop)
        await withCheckedContinuation { continuation in
            let hasEnded = mailbox.withLock { mailbox in
                if !mailbox.hasEnded { mailbox.waiters.append(continuation) }
                return mailbox.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    private func post(_ message: Message) -> Bool {
        let isTaken = mailbox.withLock { mailbox in
            if !mailbox.hasEnded { mailbox.messages.append(message) }
            return !mailbox.hasEnded
        }
        if isTaken { muster_ring(bell.number) }
        return isTaken
    }

    // MARK: The thread

    private func run() {
        let transfers = ActiveTransfers(waitSet: waitSet.number)
        var tokens = [UInt64](repeating: 0, count: 64)
        var isOver = false
        while !isOver {
            let count = muster_wait(waitSet.number, &tokens, Int32(tokens.count), transfers.patience)
            // Nothing but a descriptor that is none makes this fail.
            isOver = count < 0
            for token in tokens.prefix(max(0, Int(count))) {
                if token == 0 { isOver = takeMessages(transfers) || isOver } else { transfers.serve(Int(token)) }
            }
            transfers.lookAtTimers()
        }
        transfers.endAll()
        let (late, waiters) = mailbox.withLock { mailbox in
            mailbox.hasEnded = true
            defer { (mailbox.messages, mailbox.waiters) = ([], []) }
            return (mailbox.messages, mailbox.waiters)
        }
        for case .begin(let order) in late { order.onEnd(order.transfer, .failed) }
        for waiter in waiters { waiter.resume() }
    }

    /// - Returns: true when the loop is to end.
    private func takeMessages(_ transfers: ActiveTransfers) -> Bool {
        muster_silence(bell.number)
        let messages = mailbox.withLock { mailbox in
            defer { mailbox.messages = [] }
            return mailbox.messages
        }
        var isOver = false
        for message in messages {
            switch message {
            case .begin(let order): transfers.begin(order)
            case .displace(let number): transfers.displace(number)
            case .stop: isOver = true
            }
        }
        return isOver
    }
}
