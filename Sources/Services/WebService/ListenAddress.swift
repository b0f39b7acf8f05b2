import MusterBase

/// Where a server is to listen.
public enum ListenAddress: Sendable, Hashable {
    /// An IPv4 or IPv6 address of this machine, `0.0.0.0` and `::` for all of a family; port 0 takes a free one.
    case tcp(address: String, port: Int)
    /// A Unix socket; `group` is the numeric group that it is given to, beside its owner.
    case unix(path: String, mode: UInt32 = 0o660, group: UInt32? = nil)

    /// All addresses of both families, each by itself: one that is missing does not stop the other.
    public static func everywhere(port: Int) -> [ListenAddress] {
        [.tcp(address: "0.0.0.0", port: port), .tcp(address: "::", port: port)]
    }
}

extension ListenAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tcp(let address, let port):
            address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
        case .unix(let path, _, _): path
        }
    }
}

/// Is told of each listener that cannot come up, with the address that was wanted: once for each reason. It is tried
/// again.
public typealias ListenerTroubleObserver = @Sendable (ListenAddress, ListenerTrouble) -> Void

/// Is told of each listener that came up, with the port that it has got. Called once for each time that it comes up.
public typealias ListeningObserver = @Sendable (ListenAddress) -> Void
