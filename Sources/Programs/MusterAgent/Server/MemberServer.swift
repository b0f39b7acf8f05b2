import APIClient
import DHCPWire
import MusterAPI
import MusterBase
import NIOCore

/// One member's node API and public files, as the agent's steps use them. In programs it is ``NodeClient`` over TLS; in
/// tests a script.
public protocol MemberServer: Sendable {
    /// For people: `10.0.0.1:443`.
    var name: String { get }
    func time() async throws -> ServerTime
    func enrol(_ request: EnrolRequest) async throws -> EnrolResponse
    func configuration(key: AgentKey) async throws -> NodeConfiguration
    func hostCertificates(_ request: HostCertificateRequest, key: AgentKey) async throws -> HostCertificateResponse
    func report(_ events: EventReport, key: AgentKey) async throws
    func heartbeat(_ heartbeat: Heartbeat, key: AgentKey) async throws -> HeartbeatResponse
    func tell(_ order: BootOrderReport, key: AgentKey) async throws
    func tell(_ recoveryKey: RecoveryKeyReport, key: AgentKey) async throws
    func files(key: AgentKey) async throws -> FileList
    /// One of ``files(key:)``, not verified yet.
    func content(_ digest: ContentDigest, key: AgentKey) async throws -> [UInt8]
    func plays(_ request: PlaysRequest, key: AgentKey) async throws -> PlaysStatus
    /// A small public file, whole.
    func file(_ path: String) async throws -> [UInt8]
}

/// The API key of this machine: 32 octets that never leave it but in the requests that they authenticate.
public typealias AgentKey = Secret<[UInt8]>

/// A member reached over TLS.
struct TLSMember: MemberServer {
    let name: String
    let client: NodeClient

    /// - Parameter authority: PEM text of the site's authority.
    init(_ endpoint: MusterVendorOptions.Endpoint, authority: String, group: any EventLoopGroup) throws {
        name = endpoint.description
        let server = ServerEndpoint.https(
            address: endpoint.address.description, port: Int(endpoint.port), authorities: authority)
        // A machine waits for its one server, and a busy one may take a while to answer.
        let settings = HTTPClientSettings(
            connectTimeout: .seconds(5), readTimeout: .seconds(30), idleConnections: 8, bodyLimit: 32 << 20)
        client = NodeClient(try HTTPClient(server, settings: settings, group: group))
    }

    func time() async throws -> ServerTime { try await client.time() }

    func enrol(_ request: EnrolRequest) async throws -> EnrolResponse { try await client.enrol(request) }

    func configuration(key: AgentKey) async throws -> NodeConfiguration {
        try await client.with(key: key).configuration()
    }

    func hostCertificates(
        _ request: HostCertificateRequest, key: AgentKey
    ) async throws -> HostCertificateResponse {
        try await client.with(key: key).hostCertificates(request)
    }

    func report(_ events: EventReport, key: AgentKey) async throws { try await client.with(key: key).report(events) }

    func heartbeat(_ heartbeat: Heartbeat, key: AgentKey) async throws -> HeartbeatResponse {
        try await client.with(key: key).heartbeat(heartbeat)
    }

    func tell(_ order: BootOrderReport, key: AgentKey) async throws { try await client.with(key: key).tell(order) }

    func tell(_ recoveryKey: RecoveryKeyReport, key: AgentKey) async throws {
        try await client.with(key: key).tell(recoveryKey)
    }

    func files(key: AgentKey) async throws -> FileList { try await client.with(key: key).files() }

    func content(_ digest: ContentDigest, key: AgentKey) async throws -> [UInt8] {
        try await client.with(key: key).content(digest)
    }

    func plays(_ request: PlaysRequest, key: AgentKey) async throws -> PlaysStatus {
        try await client.with(key: key).plays(request)
    }

    func file(_ path: String) async throws -> [UInt8] { try await client.file(path) }
}
