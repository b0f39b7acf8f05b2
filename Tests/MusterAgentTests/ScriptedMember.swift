import MusterAPI
import MusterAgent
import MusterBase
import Synchronization

/// A member that does what the test says.
final class ScriptedMember: MemberServer {
    struct Script {
        var time: @Sendable () throws -> Timestamp = { throw MusterError(.unavailable, "no time") }
        var enrol: @Sendable (EnrolRequest) throws -> EnrolResponse = { _ in throw MusterError(.unavailable, "no enrol")
        }
        var files: [String: [UInt8]] = [:]
        /// What the node is to have, and the contents by their digests.
        var synced = FileList(files: [])
        var contents: [ContentDigest: [UInt8]] = [:]
        /// One after the other; the last one stays.
        var plays: [PlaysStatus] = []
        /// Thrown by reports, as long as there are any.
        var reportErrors: [MusterError] = []
    }

    let name: String
    private let script: Mutex<Script>
    private let log = Mutex<[String]>([])
    private let reports = Mutex<[EventReport]>([])

    init(_ name: String, _ script: Script) {
        self.name = name
        self.script = Mutex(script)
    }

    /// What was asked, in order.
    var requests: [String] { log.withLock { $0 } }
    var received: [EventReport] { reports.withLock { $0 } }

    private func note(_ text: String) { log.withLock { $0.append(text) } }

    func time() async throws -> ServerTime {
        note("time")
        return ServerTime(time: try script.withLock(\.time)())
    }

    func enrol(_ request: EnrolRequest) async throws -> EnrolResponse {
        note("enrol")
        return try script.withLock(\.enrol)(request)
    }

    func configuration(key: AgentKey) async throws -> NodeConfiguration { throw MusterError(.unsupported, "not here") }

    func hostCertificates(_ request: HostCertificateRequest, key: AgentKey) async throws -> HostCertificateResponse {
        throw MusterError(.unsupported, "not here")
    }

    func report(_ events: EventReport, key: AgentKey) async throws { try record(events) }

    func heartbeat(_ heartbeat: Heartbeat, key: AgentKey) async throws -> HeartbeatResponse {
        HeartbeatResponse(interval: 30)
    }

    func tell(_ recoveryKey: RecoveryKeyReport, key: AgentKey) async throws { note("tell \(recoveryKey.volume)") }
    func tell(_ order: BootOrderReport, key: AgentKey) async throws { note("tell \(order.image) \(order.order)") }

    func files(key: AgentKey) async throws -> FileList {
        note("files")
        return script.withLock(\.synced)
    }

    func content(_ digest: ContentDigest, key: AgentKey) async throws -> [UInt8] {
        note("content \(digest.hex.prefix(8))")
        guard let bytes = script.withLock({ $0.contents[digest] }) else { throw MusterError(.notFound, "no \(digest)") }
        return bytes
    }

    func plays(_ request: PlaysRequest, key: AgentKey) async throws -> PlaysStatus {
        note("plays \(request.stage) \(request.run)")
        return try script.withLock { script in
            guard let first = script.plays.first else { throw MusterError(.unavailable, "no plays") }
            if script.plays.count > 1 { script.plays.removeFirst() }
            return first
        }
    }

    func file(_ path: String) async throws -> [UInt8] {
        note("file \(path)")
        guard let bytes = script.withLock({ $0.files[path] }) else { throw MusterError(.notFound, "no \(path)") }
        return bytes
    }

    private func record(_ report: EventReport) throws {
        let error = script.withLock { $0.reportErrors.isEmpty ? nil : $0.reportErrors.removeFirst() }
        if let error { throw error }
        reports.withLock { $0.append(report) }
    }
}

extension ScriptedMember: EventSender {
    func send(_ report: EventReport) async throws { try record(report) }
}

/// A console that remembers.
final class RecordedConsole: LineOutput {
    private let lines = Mutex<[String]>([])
    func line(_ text: String) { lines.withLock { $0.append(text) } }
    var all: [String] { lines.withLock { $0 } }
}
