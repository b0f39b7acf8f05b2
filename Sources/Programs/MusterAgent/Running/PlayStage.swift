import LinuxSystem
import MusterAPI
import MusterBase

/// The plays of a stage, which the server runs against this node: asks for them, and waits for their end.
///
/// A server that is started anew knows nothing of them: it is asked again, and runs them again.
package struct PlayStage: Sendable {
    /// ``Step/firstboot`` or ``Step/onboot``.
    let name: String
    let pool: MemberPool
    let key: AgentKey
    let reporter: EventReporter
    /// Between two questions.
    let pause: @Sendable (Duration) async throws -> Void

    package init(
        name: String, pool: MemberPool, key: AgentKey, reporter: EventReporter,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.name = name
        self.pool = pool
        self.key = key
        self.reporter = reporter
        self.pause = pause
    }

    /// - Throws: ``MusterError`` `systemFailure` with the words of the play that failed.
    package func run() async throws {
        let request = PlaysRequest(stage: name, run: hexText(try KernelRandom.bytes(8)))
        var wait = Duration.milliseconds(500)
        while true {
            let status = try await pool.waiting(reporter, name) { try await $0.plays(request, key: key) }
            switch status.state {
            case .none: return
            case .done: return await reporter.record(name, .done, "plays: \(status.message)")
            case .failed:
                throw MusterError(
                    .systemFailure, "running the \(name) plays: \(status.message)",
                    advice: "`muster trace` has the tasks before it")
            case .waiting, .running: break
            }
            try await pause(wait)
            wait = min(wait * 2, .seconds(5))
        }
    }
}
