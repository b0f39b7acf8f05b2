import CLinux
import Glibc
import NIOCore

/// The process at the other end of a Unix socket, as the kernel recorded it when it connected (SO_PEERCRED, unix(7)).
func peerIdentity(of channel: any Channel) -> PeerIdentity? {
    guard let provider = channel as? any SocketOptionProvider else { return nil }
    let option: EventLoopFuture<muster_peer> = provider.unsafeGetSocketOption(
        level: .socket, name: .init(rawValue: SO_PEERCRED))
    // On the channel's own event loop the answer is there at once.
    var peer: muster_peer?
    option.assumeIsolated().whenSuccess { peer = $0 }
    guard let peer else { return nil }
    return PeerIdentity(uid: peer.uid, gid: peer.gid, pid: peer.pid, userName: userName(peer.uid))
}

private func userName(_ uid: UInt32) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { space in
        guard let start = space.baseAddress else { return nil }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(uid, &entry, start, space.count, &found) == 0, found != nil, let name = entry.pw_name
        else { return nil }
        return String(cString: name)
    }
}
