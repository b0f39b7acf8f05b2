import MusterBase
import Synchronization
import Testing

@Suite("Limited log lines")
struct LogLimiterTests {
    private final class Clock: Sendable {
        let time = Mutex(ContinuousClock.now)
        func pass(_ duration: Duration) { time.withLock { $0 += duration } }
    }

    @Test("of many equal lines a few are logged at once, then one in ten seconds, which says how many were not")
    func limits() {
        let clock = Clock()
        let limiter = LogLimiter { clock.time.withLock { $0 } }
        #expect((0..<10_000).count { _ in limiter.admit("refused") != nil } == 5)
        // Another kind has room of its own.
        #expect(limiter.admit("other")?.notLogged == 0)
        clock.pass(.seconds(9))
        #expect(limiter.admit("refused") == nil)
        clock.pass(.seconds(1))
        #expect(limiter.admit("refused")?.notLogged == 9996)
        #expect(limiter.admit("refused") == nil)
        clock.pass(.seconds(3600))
        #expect((0..<100).count { _ in limiter.admit("refused") != nil } == 5)
    }

    @Test("a text from the network is quoted, escaped and cut")
    func quotes() {
        #expect(quotedForLog("a\nb\u{1B}[31m") == #""a\nb\u{1B}[31m""#)
        let long = quotedForLog(String(repeating: "x", count: 60_000))
        #expect(long == "\"" + String(repeating: "x", count: 64) + "\"…")
    }
}
