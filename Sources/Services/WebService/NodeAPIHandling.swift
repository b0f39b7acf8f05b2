import MusterAPI
import MusterBase

/// Where a request came from.
public struct RemoteAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address without port, such as `10.0.0.7` or `fe80::1`; empty for a Unix socket.
    public let text: String
    /// The address, when it is IPv4; also for IPv4 inside IPv6 (`::ffff:10.0.0.7`).
    public let ipv4: IPv4Address?

    public init(_ text: String) {
        let mapped = "::ffff:"
        let plain = text.lowercased().hasPrefix(mapped) ? String(text.dropFirst(mapped.utf8.count)) : text
        ipv4 = IPv4Address(plain)
        self.text = ipv4 == nil ? text : plain
    }

    public var description: String { text }
}

/// A node that shows a key. Whether the key is good, the handler decides by its digest.
public struct NodeCaller: Sendable {
    /// 32 octets, from `Authorization: Bearer` and 64 hexadecimal digits.
    public let key: Secret<[UInt8]>
    public let remoteAddress: RemoteAddress

    public init(key: Secret<[UInt8]>, remoteAddress: RemoteAddress) {
        self.key = key
        self.remoteAddress = remoteAddress
    }
}

/// The octets of a file, a piece at a time.
public struct NodeFileContent: Sendable {
    /// Nil behind the last piece.
    public let next: @Sendable () throws -> [UInt8]?

    public init(next: @escaping @Sendable () throws -> [UInt8]?) { self.next = next }
}

/// What stands behind the node API. Errors that are ``MusterError`` reach the node as a problem body; all others only
/// the log.
public protocol NodeAPIHandling: Sendable {
    func enrol(_ request: EnrolRequest, from address: RemoteAddress) async throws -> EnrolResponse
    func configuration(for caller: NodeCaller) async throws -> NodeConfiguration
    func hostCertificates(
        _ request: HostCertificateRequest, for caller: NodeCaller
    ) async throws -> HostCertificateResponse
    func events(_ report: EventReport, from caller: NodeCaller) async throws
    func heartbeat(_ heartbeat: Heartbeat, from caller: NodeCaller) async throws -> HeartbeatResponse
    func bootOrder(_ report: BootOrderReport, from caller: NodeCaller) async throws
    func recoveryKey(_ report: RecoveryKeyReport, from caller: NodeCaller) async throws
    func files(for caller: NodeCaller) async throws -> FileList
    func content(_ digest: ContentDigest, for caller: NodeCaller) async throws -> NodeFileContent
    func plays(_ request: PlaysRequest, for caller: NodeCaller) async throws -> PlaysStatus
    func time() async throws -> ServerTime
}
