import MusterBase

extension MemberPool {
    /// Asks, and waits for as long as no member answers: when a whole site comes up, machines are there before their
    /// servers. That it waits is told once.
    nonisolated func waiting<Answer: Sendable>(
        _ reporter: EventReporter, _ step: String, _ body: @Sendable (any MemberServer) async throws -> Answer
    ) async throws -> Answer {
        var pause = Duration.seconds(1)
        while true {
            do {
                return try await ask(body)
            } catch let error as MusterError where error.code == .unavailable || error.code == .timeout {
                if pause == .seconds(1) { await reporter.record(step, .retrying, "\(error)") }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(30))
            }
        }
    }
}
