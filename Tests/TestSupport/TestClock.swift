import MusterBase
import Synchronization

/// A clock that stands still until a test moves it.
package final class TestClock: Sendable {
    private let time: Mutex<Timestamp>

    package init(_ time: Timestamp) { self.time = Mutex(time) }

    package var now: Timestamp { time.withLock { $0 } }

    package func set(_ value: Timestamp) { time.withLock { $0 = value } }

    package func pass(_ duration: Duration) { time.withLock { $0 = $0 + duration } }

    /// For the code under test.
    package var wall: WallClock { WallClock(now: { self.now }) }
}
