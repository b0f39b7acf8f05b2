import MusterAPI
import MusterBase
import NIOCore
import NIOHTTP1

/// The node API of one member as the agent uses it, and the public files beside it.
public struct NodeClient: Sendable {
    public let http: HTTPClient
    /// The node's key, 32 octets; absent before enrolment.
    public let key: Secret<[UInt8]>?

    public init(_ http: HTTPClient, key: Secret<[UInt8]>? = nil) {
        self.http = http
        self.key = key
    }

    /// The same connection with a key.
    public func with(key: Secret<[UInt8]>) -> NodeClient { NodeClient(http, key: key) }

    public func time() async throws -> ServerTime {
        try await http.call(.GET, NodePath.time, answer: ServerTime.self)
    }

    public func enrol(_ request: EnrolRequest) async throws -> EnrolResponse {
        try await http.call(.POST, NodePath.enrol, body: try MusterJSON.encode(request), answer: EnrolResponse.self)
    }

    public func configuration() async throws -> NodeConfiguration {
        try await http.call(.GET, NodePath.configuration, headers: authorization(), answer: NodeConfiguration.self)
    }

    public func hostCertificates(_ request: HostCertificateRequest) async throws -> HostCertificateResponse {
        try await http.call(
            .POST, NodePath.hostCertificates, headers: authorization(), body: try MusterJSON.encode(request),
            answer: HostCertificateResponse.self)
    }

    public func report(_ events: EventReport) async throws {
        _ = try await http.call(
            .POST, NodePath.events, headers: authorization(), body: try MusterJSON.encode(events))
    }

    public func heartbeat(_ heartbeat: Heartbeat) async throws -> HeartbeatResponse {
        try await http.call(
            .POST, NodePath.heartbeat, headers: authorization(), body: try MusterJSON.encode(heartbeat),
            answer: HeartbeatResponse.self)
    }

    public func tell(_ order: BootOrderReport) async throws {
        _ = try await http.call(
            .POST, NodePath.bootOrder, headers: authorization(), body: try MusterJSON.encode(order))
    }

    public func tell(_ key: RecoveryKeyReport) async throws {
        _ = try await http.call(
            .POST, NodePath.recoveryKeys, headers: authorization(), body: try MusterJSON.encode(key))
    }

    public func files() async throws -> FileList {
        try await http.call(.GET, NodePath.files, headers: authorization(), answer: FileList.self)
    }

    /// One of the files that are for this node. The caller verifies it.
    public func content(_ digest: ContentDigest) async throws -> [UInt8] {
        try await http.call(.GET, NodePath.content(digest), headers: authorization())
    }

    public func plays(_ request: PlaysRequest) async throws -> PlaysStatus {
        try await http.call(
            .POST, NodePath.plays, headers: authorization(), body: try MusterJSON.encode(request),
            answer: PlaysStatus.self)
    }

    /// A small public file, whole.
    public func file(_ path: String) async throws -> [UInt8] { try await http.call(.GET, path) }

    /// A public file of any size from `offset` on: `consume` gets the pieces as they come, and the length of the whole
    /// file in octets when the server says it. Throws `conflict` when the server does not start at `offset`.
    public func download<Result: Sendable>(
        _ path: String, from offset: Int64 = 0, _ consume: (HTTPBodyStream, Int64?) async throws -> Result
    ) async throws -> Result {
        let target = requestTarget(path)
        let headers: HTTPHeaders = offset > 0 ? ["range": "bytes=\(offset)-"] : [:]
        return try await http.withStream(.GET, target, headers: headers) { response in
            let subject = "GET \(target) of \(http.endpoint)"
            guard response.status < 400 else {
                let body = try await response.body.collect(upTo: 65_536)
                let whole = HTTPResponse(status: response.status, headers: response.headers, body: body)
                throw whole.problem(of: subject) ?? MusterError(.unavailable, subject)
            }
            guard response.status == (offset > 0 ? 206 : 200) else {
                throw MusterError(
                    .conflict, "\(subject): answered with \(response.status) to a request from \(offset) on")
            }
            return try await consume(response.body, response.contentLength.map { $0 + offset })
        }
    }

    private func authorization() -> HTTPHeaders {
        guard let key else { return [:] }
        return ["authorization": "Bearer \(hexText(key.reveal()))"]
    }
}
