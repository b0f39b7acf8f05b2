import Metrics
import Synchronization

/// The number behind a counter. Counting is one atomic addition.
final class CounterCell: CounterHandler {
    private let count = Atomic<Int64>(0)

    var value: Int64 { count.load(ordering: .relaxed) }

    /// Nothing is taken away: a counter only goes up. Beyond 2^63 - 1 it begins anew, which readers take for a restart.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() { count.store(0, ordering: .relaxed) }
}

/// A number with a fraction that is added to or set. Stands for gauges and for counters of parts.
final class NumberCell: MeterHandler, FloatingPointCounterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(Double(0).bitPattern)
    /// Counters take no negative amounts.
    private let onlyGrows: Bool

    init(onlyGrows: Bool) { self.onlyGrows = onlyGrows }

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func decrement(by amount: Double) { increment(by: -amount) }
    func reset() { set(0.0) }

    func increment(by amount: Double) {
        guard amount.isFinite, amount > 0 || !onlyGrows else { return }
        var seen = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}

/// How many values there were and what they come to.
final class SummaryCell: RecorderHandler {
    private let number = Atomic<Int64>(0)
    private let total = NumberCell(onlyGrows: false)

    var count: Int64 { number.load(ordering: .relaxed) }
    var sum: Double { total.value }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        number.wrappingAdd(1, ordering: .relaxed)
        total.increment(by: value)
    }
}

/// Durations, sorted into fixed buckets.
final class HistogramCell: TimerHandler {
    /// The upper ends of the buckets in seconds; one more bucket takes what is longer.
    static let bounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60]
    private static let boundsInNanoseconds: [Int64] = bounds.map { Int64(($0 * 1e9).rounded()) }

    // An atomic cannot be an element of an array: each bucket is a cell of its own.
    private let buckets = (0...bounds.count).map { _ in CounterCell() }
    private let nanoseconds = CounterCell()

    /// Of each bucket by itself.
    var counts: [Int64] { buckets.map(\.value) }
    /// In seconds.
    var sum: Double { Double(nanoseconds.value) / 1e9 }

    func recordNanoseconds(_ duration: Int64) {
        let bounds = HistogramCell.boundsInNanoseconds
        buckets[bounds.firstIndex { duration <= $0 } ?? bounds.count].increment(by: 1)
        nanoseconds.increment(by: duration)
    }
}
