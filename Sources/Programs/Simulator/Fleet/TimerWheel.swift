/// When which machine wants to be looked at: a ring of buckets, one for each tick. An entry may come too early (the
/// machine's time was put off meanwhile): whoever takes it looks, and puts it back.
package struct TimerWheel {
    package static let tick = Duration.milliseconds(10)
    private static let size = 8192

    private var buckets: [[Int32]]
    /// Ticks that were taken.
    private var position: Int64 = 0

    package init() { buckets = Array(repeating: [], count: Self.size) }

    private static func tick(of time: Duration) -> Int64 {
        let (seconds, attoseconds) = time.components
        return seconds * 100 + attoseconds / 10_000_000_000_000_000
    }

    /// Puts a machine where its time is, or as far ahead as the ring reaches.
    ///
    /// - Returns: when it will be taken at the latest.
    @discardableResult
    package mutating func insert(_ machine: Int, at time: Duration) -> Duration {
        let wanted = max(position + 1, Self.tick(of: time) + 1)
        let reached = min(wanted, position + Int64(Self.size) - 1)
        buckets[Int(reached % Int64(Self.size))].append(Int32(machine))
        return Self.tick * Int(reached)
    }

    /// Takes all machines out whose tick has come.
    package mutating func take(until now: Duration, _ body: (Int) -> Void) {
        let end = Self.tick(of: now)
        while position < end {
            position += 1
            let slot = Int(position % Int64(Self.size))
            guard !buckets[slot].isEmpty else { continue }
            var due: [Int32] = []
            swap(&due, &buckets[slot])
            for machine in due { body(Int(machine)) }
        }
    }
}
