import DeployService
import MusterAPI
import MusterBase
import WebService

/// Puts the desk for nodes behind the web service.
struct NodeAPI: NodeAPIHandling {
    let desk: NodeDesk

    func enrol(_ request: EnrolRequest, from address: RemoteAddress) async throws -> EnrolResponse {
        try await desk.enrol(request, from: address.ipv4)
    }

    func configuration(for caller: NodeCaller) async throws -> NodeConfiguration {
        try await desk.configuration(key: caller.key)
    }

    func hostCertificates(
        _ request: HostCertificateRequest, for caller: NodeCaller
    ) async throws -> HostCertificateResponse {
        try desk.hostCertificates(request, key: caller.key)
    }

    func events(_ report: EventReport, from caller: NodeCaller) async throws {
        try desk.events(report, key: caller.key)
    }

    func heartbeat(_ heartbeat: Heartbeat, from caller: NodeCaller) async throws -> HeartbeatResponse {
        try desk.heartbeat(heartbeat, key: caller.key)
    }

    func bootOrder(_ report: BootOrderReport, from caller: NodeCaller) async throws {
        try desk.bootOrder(report, key: caller.key)
    }

    func recoveryKey(_ report: RecoveryKeyReport, from caller: NodeCaller) async throws {
        try await desk.recoveryKey(report, key: caller.key)
    }

    func files(for caller: NodeCaller) async throws -> FileList { try await desk.files(key: caller.key) }

    func content(_ digest: ContentDigest, for caller: NodeCaller) async throws -> NodeFileContent {
        let file = try await desk.content(digest, key: caller.key)
        return NodeFileContent { try file.next() }
    }

    func plays(_ request: PlaysRequest, for caller: NodeCaller) async throws -> PlaysStatus {
        try desk.plays(request, key: caller.key, address: caller.remoteAddress.text)
    }

    func time() async throws -> ServerTime { desk.time() }
}
