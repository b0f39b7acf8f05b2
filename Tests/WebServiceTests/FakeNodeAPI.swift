import MusterAPI
import MusterBase
import Synchronization
import WebService

/// A node API that remembers what it was asked and answers as it is told.
final class FakeNodeAPI: NodeAPIHandling {
    let keys = Mutex<[[UInt8]]>([])
    private let onTime: @Sendable () async throws -> Void

    init(onTime: @escaping @Sendable () async throws -> Void = {}) { self.onTime = onTime }

    func enrol(_ request: EnrolRequest, from address: RemoteAddress) async throws -> EnrolResponse {
        EnrolResponse(node: address.text, deployment: request.agent)
    }

    func configuration(for caller: NodeCaller) async throws -> NodeConfiguration {
        keys.withLock { $0.append(caller.key.reveal()) }
        throw MusterError(.forbidden, "the key was revoked", advice: "boot again")
    }

    func hostCertificates(
        _ request: HostCertificateRequest, for caller: NodeCaller
    ) async throws -> HostCertificateResponse {
        HostCertificateResponse(certificates: request.publicKeys.map { "cert \($0)" })
    }

    func events(_ report: EventReport, from caller: NodeCaller) async throws {}

    func heartbeat(_ heartbeat: Heartbeat, from caller: NodeCaller) async throws -> HeartbeatResponse {
        struct Leak: Error { let password = "hunter2" }
        throw Leak()
    }

    func bootOrder(_ report: BootOrderReport, from caller: NodeCaller) async throws {}
    func recoveryKey(_ report: RecoveryKeyReport, from caller: NodeCaller) async throws {}

    func files(for caller: NodeCaller) async throws -> FileList { FileList(files: []) }

    /// 100 pieces, each of 1000 times its number.
    func content(_ digest: ContentDigest, for caller: NodeCaller) async throws -> NodeFileContent {
        let number = Mutex(UInt8(0))
        return NodeFileContent {
            number.withLock { number in
                guard number < 100 else { return nil }
                number += 1
                return [UInt8](repeating: number, count: 1000)
            }
        }
    }

    func plays(_ request: PlaysRequest, for caller: NodeCaller) async throws -> PlaysStatus {
        PlaysStatus(state: .running, message: request.stage)
    }

    func time() async throws -> ServerTime {
        try await onTime()
        return ServerTime(time: Timestamp(seconds: 5))
    }
}

extension EnrolRequest {
    /// What a machine without firmware tables would send.
    static func example() throws -> EnrolRequest {
        guard let digest = ContentDigest(octets: [UInt8](repeating: 0, count: 32)) else {
            throw MusterError(.internalFailure, "a digest of 32 octets is none")
        }
        return EnrolRequest(
            machine: MachineDescription(
                uuid: nil, serial: nil, macs: [], architecture: "x86_64", firmware: "bios", memory: 1, processors: 1),
            keyDigest: digest, agent: "1.0", profile: nil)
    }
}
