import NIOCore
import Synchronization

/// The transfers that are under way: a request that the client sends again does not begin another one, and there are
/// never more than the limits allow. When all places are taken, the oldest transfer whose client was never heard gives
/// its place once that client had time to answer: whoever asks under strangers' addresses does not keep out those who are
/// there.
package final class TransferTable: Sendable {
    package enum Admission: Sendable, Equatable {
        /// The number stands for this transfer from now on; `evicted` is that of one that gave its place.
        case admitted(Int, evicted: Int?)
        /// The same client port already has one.
        case underWay
        case full
    }

    private struct Entry {
        let number: Int
        let admitted: NIODeadline
        var isHeard = false
    }

    private struct State {
        var transfers: [SocketAddress: Entry] = [:]
        var clients: [String: Int] = [:]
        /// Those that were not heard when they came, oldest first; some of them may have been heard or be over.
        var unheard: CircularBuffer<(remote: SocketAddress, number: Int)> = []
        var next = 0

        mutating func remove(_ remote: SocketAddress) -> Entry? {
            guard let entry = transfers.removeValue(forKey: remote) else { return nil }
            let client = remote.ipAddress ?? ""
            let own = clients[client, default: 1] - 1
            clients[client] = own > 0 ? own : nil
            return entry
        }

        func isUnheard(_ remote: SocketAddress, _ number: Int) -> Bool {
            guard let entry = transfers[remote] else { return false }
            return entry.number == number && !entry.isHeard
        }

        /// Removes the oldest that was never heard and came before a time; nil when there is none.
        mutating func evict(before time: NIODeadline) -> Entry? {
            while let (remote, number) = unheard.first {
                let isCandidate = isUnheard(remote, number)
                if isCandidate, let entry = transfers[remote], entry.admitted > time { return nil }
                unheard.removeFirst()
                if isCandidate { return remove(remote) }
            }
            return nil
        }

        /// The queue is never much longer than the table.
        mutating func enqueue(_ remote: SocketAddress, _ number: Int) {
            if unheard.count > 2 * transfers.count + 64 {
                unheard = CircularBuffer(unheard.filter { isUnheard($0.remote, $0.number) })
            }
            unheard.append((remote, number))
        }
    }

    private let limits: TFTPServiceLimits
    private let state = Mutex(State())

    package init(limits: TFTPServiceLimits) { self.limits = limits }

    package func admit(_ remote: SocketAddress) -> Admission {
        let client = remote.ipAddress ?? ""
        let now = NIODeadline.now()
        return state.withLock { state in
            if state.transfers[remote] != nil { return .underWay }
            guard state.clients[client, default: 0] < limits.transfersPerClient else { return .full }
            var evicted: Entry?
            if state.transfers.count >= limits.transfers {
                evicted = state.evict(before: now - TimeAmount(limits.sparedUnheard))
                guard evicted != nil else { return .full }
            }
            state.next += 1
            state.transfers[remote] = Entry(number: state.next, admitted: now)
            state.clients[client, default: 0] += 1
            state.enqueue(remote, state.next)
            return .admitted(state.next, evicted: evicted?.number)
        }
    }

    /// False when the transfer is over or gave its place.
    package func contains(_ remote: SocketAddress, _ number: Int) -> Bool {
        state.withLock { $0.transfers[remote]?.number == number }
    }

    /// The client is there: its transfer keeps its place.
    package func heard(_ remote: SocketAddress, _ number: Int) {
        state.withLock { state in
            if state.transfers[remote]?.number == number { state.transfers[remote]?.isHeard = true }
        }
    }

    package func remove(_ remote: SocketAddress, _ number: Int) {
        state.withLock { state in
            if state.transfers[remote]?.number == number { _ = state.remove(remote) }
        }
    }
}
