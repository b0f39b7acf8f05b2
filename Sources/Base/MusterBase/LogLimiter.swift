import Synchronization

/// Keeps what a stranger's packets can cause from filling the log: of each kind of line a few at once, then one in ten
/// seconds, which says how many were left out before it.
public final class LogLimiter: Sendable {
    /// A line that may be logged.
    public struct Admission: Sendable, Hashable {
        /// Lines of its kind that were not, since the last one that was.
        public let notLogged: Int
    }

    private struct Bucket {
        var lines: Double
        var filled: ContinuousClock.Instant
        var notLogged = 0
    }

    private let atOnce: Int
    private let interval: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let buckets = Mutex<[String: Bucket]>([:])

    /// - Parameters:
    ///   - atOnce: how many lines of a kind may come one after the other.
    ///   - interval: how long it takes until there is room for one more.
    ///   - now: the time, for tests.
    public init(
        atOnce: Int = 5, interval: Duration = .seconds(10),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.atOnce = max(1, atOnce)
        self.interval = interval
        self.now = now
    }

    /// Asks to log one line; nil when it is to be left out.
    ///
    /// - Parameter kind: constant, as the message of a log line is; never a text from the network.
    public func admit(_ kind: String) -> Admission? {
        let now = now()
        return buckets.withLock { buckets in
            var bucket = buckets[kind] ?? Bucket(lines: Double(atOnce), filled: now)
            defer { buckets[kind] = bucket }
            bucket.lines = min(Double(atOnce), bucket.lines + (now - bucket.filled) / interval)
            bucket.filled = now
            guard bucket.lines >= 1 else {
                bucket.notLogged += 1
                return nil
            }
            bucket.lines -= 1
            defer { bucket.notLogged = 0 }
            return Admission(notLogged: bucket.notLogged)
        }
    }
}

/// A text from the network for the log: quoted, with escapes for all that is not printable, and cut to `limit` octets.
public func quotedForLog(_ text: String, limit: Int = 64) -> String {
    // Cut before it is quoted: to quote is what costs.
    let cut = String(decoding: text.utf8.prefix(limit), as: UTF8.self)
    return cut.debugDescription + (text.utf8.count > limit ? "…" : "")
}
