import DeployService
import MusterAPI
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

    func time() async throws -> ServerTime { desk.time() }
}
