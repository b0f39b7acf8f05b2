import DeploymentModel
import MusterAgent
import MusterBase
import Synchronization
import Testing

@Suite("Steps")
struct StepTests {
    @Test("the waits double up to the longest")
    func delays() {
        let policy = RetryPolicy.network
        #expect((1...6).map { policy.delay(after: $0) } == [1, 2, 4, 8, 15, 15].map { .seconds($0) })
        #expect(policy.delay(after: 1000) == .seconds(15))
    }

    @Test("a step is tried until it is done; after its patience it says what was tried, what came back, what to check")
    func explains() async throws {
        let console = RecordedConsole()
        let waits = Mutex<[Duration]>([])
        let shells = Mutex<[String]>([])
        let steps = StepRunner(
            reporter: EventReporter(console: console), onFailure: { step in shells.withLock { $0.append(step) } },
            pause: { wait in waits.withLock { $0.append(wait) } })
        var attempts = 0
        let value = try await steps.run(
            Step.manifest, doing: "fetching the manifest", check: "the server's disk",
            retry: RetryPolicy(first: .seconds(1), longest: .seconds(4), patience: 3)
        ) {
            attempts += 1
            if attempts < 5 { throw MusterError(.unavailable, "no answer", cause: MusterError(.timeout, "10 s")) }
            return StepResult(42, "got it")
        }
        #expect(value == 42)
        #expect(
            console.all == [
                "manifest: no answer: 10 s; trying again", "manifest: no answer: 10 s; trying again",
                "manifest: FAILED: tried 3 times: fetching the manifest. Came back: no answer: 10 s. "
                    + "Check: the server's disk",
                "manifest: got it",
            ])
        #expect(waits.withLock { $0 } == [1, 2, 4, 4].map { .seconds($0) })
        #expect(shells.withLock { $0 } == [Step.manifest])
    }

    @Test("what is decided is explained at once and once, and asked again at the longest wait")
    func explainsDecided() async throws {
        let console = RecordedConsole()
        let waits = Mutex<[Duration]>([])
        let steps = StepRunner(
            reporter: EventReporter(console: console), pause: { wait in waits.withLock { $0.append(wait) } })
        var attempts = 0
        try await steps.run(Step.enrol, doing: "asking", check: "x") {
            attempts += 1
            if attempts < 4 { throw MusterError(.conflict, "not armed") }
            return StepResult((), "granted")
        }
        #expect(
            console.all == ["enrol: FAILED: tried: asking. Came back: not armed. Check: x", "enrol: granted"])
        #expect(waits.withLock { $0 } == [15, 15, 15].map { .seconds($0) })
    }

    @Test("the error's own advice is told before the step's")
    func advises() async throws {
        let console = RecordedConsole()
        let steps = StepRunner(reporter: EventReporter(console: console), pause: { _ in })
        var isFirst = true
        try await steps.run(Step.enrol, doing: "asking", check: "general", retry: .local) {
            if isFirst {
                isFirst = false
                throw MusterError(.conflict, "not armed", advice: "arm it")
            }
            return StepResult((), "granted")
        }
        #expect(console.all.first == "enrol: FAILED: tried: asking. Came back: not armed. Check: arm it")
    }

    @Test("an error that is final ends the step at once")
    func ends() async {
        let steps = StepRunner(reporter: EventReporter(console: RecordedConsole()), pause: { _ in })
        let error = await #expect(throws: MusterError.self) {
            let isFinal: @Sendable (MusterError) -> Bool = { $0.code == .unauthenticated }
            return try await steps.run(Step.configuration, doing: "asking", check: "x", isFinal: isFinal) {
                () -> StepResult<Int> in throw MusterError(.unauthenticated, "unknown key")
            }
        }
        #expect(error?.message == "unknown key")
    }
}
