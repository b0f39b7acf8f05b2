import LinuxSystem

/// Time as the lazy file and its fetching see it: passed in, so that tests can make it.
package struct Ticker: Sendable {
    /// Time since some moment, going evenly forward.
    package let now: @Sendable () -> Duration
    /// Throws when cancelled.
    package let sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    package static let system = Ticker(
        now: { SystemClock.sinceBoot }, sleep: { try await Task.sleep(for: $0) })
}
