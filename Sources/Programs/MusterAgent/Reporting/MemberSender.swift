import MusterAPI
import MusterBase

/// Sends events to whichever member can be reached.
struct MemberSender: EventSender {
    let pool: MemberPool
    let key: AgentKey

    func send(_ report: EventReport) async throws {
        try await pool.ask { try await $0.report(report, key: key) }
    }
}
