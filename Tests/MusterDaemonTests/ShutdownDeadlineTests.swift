import Glibc
import MusterDaemon
import Synchronization
import TestSupport
import Testing

@Suite("the deadline of the shutdown")
struct ShutdownDeadlineTests {
    @Test("the end comes once after a signal, without a task that would have to run")
    func endsAfterSignal() async throws {
        let ends = Atomic(0)
        let deadline = ShutdownDeadline(allowance: 0.01) { ends.add(1, ordering: .relaxed) }
        signal(SIGUSR2, SIG_IGN)
        deadline.watch([SIGUSR2])
        try await waitForState(otherwise: "the process was not ended", limit: .seconds(20)) {
            // Dispatch begins to watch at some time of its own.
            kill(getpid(), SIGUSR2)
            return ends.load(ordering: .relaxed) > 0 ? true : nil
        }
        deadline.begin()
        #expect(ends.load(ordering: .relaxed) == 1)
    }
}
