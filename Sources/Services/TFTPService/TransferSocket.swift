import CLinux
import Glibc
import LinuxSystem
import MusterBase
import NIOCore

/// The socket of one transfer.
enum TransferSocket {
    /// Opens a socket on a free port of the address that the client sent to, as boot firmware takes answers from no
    /// other, and connects it to the client.
    static func open(remote: SocketAddress, local: SocketAddress?) throws -> FileDescriptor {
        let any = try SocketAddress(ipAddress: remote.protocol == .inet6 ? "::" : "0.0.0.0", port: 0)
        if let own = local?.ipAddress, let descriptor = try? open(remote, SocketAddress(ipAddress: own, port: 0)) {
            return descriptor
        }
        // The client had sent to a broadcast address, or the address is not ours any more.
        return try open(remote, any)
    }

    private static func open(_ remote: SocketAddress, _ local: SocketAddress) throws -> FileDescriptor {
        let descriptor = local.withSockAddr { local, localLength in
            remote.withSockAddr { remote, remoteLength in
                muster_open_connected_udp(local, socklen_t(localLength), remote, socklen_t(remoteLength))
            }
        }
        guard descriptor >= 0 else { throw systemError("opening a UDP socket") }
        return FileDescriptor(descriptor)
    }
}
