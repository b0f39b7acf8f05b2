import NIOCore
import Synchronization

/// The transfers that are under way: a request that the client sends again does not begin another one, and there are
/// never more than the limits allow.
final class TransferTable: Sendable {
    enum Admission {
        case admitted
        /// The same client port already has one.
        case underWay
        case full
    }

    private struct State {
        var transfers: [SocketAddress: (any Channel)?] = [:]
        var clients: [String: Int] = [:]
        var isClosed = false
    }

    private let limits: TFTPServiceLimits
    private let state = Mutex(State())

    init(limits: TFTPServiceLimits) { self.limits = limits }

    func admit(_ remote: SocketAddress) -> Admission {
        let client = remote.ipAddress ?? ""
        return state.withLock { state in
            if state.transfers[remote] != nil { return .underWay }
            let own = state.clients[client, default: 0]
            guard !state.isClosed, state.transfers.count < limits.transfers, own < limits.transfersPerClient else {
                return .full
            }
            state.transfers[remote] = .some(nil)
            state.clients[client] = own + 1
            return .admitted
        }
    }

    /// Remembers the socket of an admitted transfer, to close it when the service goes down.
    func attach(_ channel: any Channel, to remote: SocketAddress) {
        let isLate = state.withLock { state in
            if state.transfers[remote] != nil { state.transfers[remote] = channel }
            return state.isClosed
        }
        if isLate { channel.close(promise: nil) }
    }

    func remove(_ remote: SocketAddress) {
        let client = remote.ipAddress ?? ""
        state.withLock { state in
            guard state.transfers.removeValue(forKey: remote) != nil else { return }
            let own = state.clients[client, default: 1] - 1
            state.clients[client] = own > 0 ? own : nil
        }
    }

    func closeAll() {
        let channels = state.withLock { state in
            state.isClosed = true
            return state.transfers.values.compactMap { $0 }
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
