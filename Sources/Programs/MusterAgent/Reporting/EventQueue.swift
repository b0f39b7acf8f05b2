import DeploymentModel
import MusterBase

/// Events that wait to be sent, numbered from 0, so that one that is sent twice counts once. Bounded: when it is full,
/// the oldest goes.
public struct EventQueue: Sendable, Codable, Hashable {
    private var waiting: [TraceEvent] = []
    /// The number of the first that waits.
    private var firstNumber = 0

    /// At most so many wait.
    public static let limit = 2000
    /// At most so many in one report: the API's limit is 1000.
    public static let batch = 200

    public init() {}

    public var isEmpty: Bool { waiting.isEmpty }
    public var count: Int { waiting.count }

    public mutating func append(_ event: TraceEvent) {
        if waiting.count >= EventQueue.limit {
            waiting.removeFirst()
            firstNumber += 1
        }
        waiting.append(event)
    }

    /// Corrects the times of all that waits: they were taken from a clock that was off.
    public mutating func shiftTimes(by correction: Duration) {
        for index in waiting.indices { waiting[index].time = waiting[index].time + correction }
    }

    /// Makes of each failure that waits an attempt that is to be repeated.
    public mutating func takeFailuresBack() {
        for index in waiting.indices where waiting[index].status == .failed { waiting[index].status = .retrying }
    }

    /// Leaves a gap in the numbers, for a process that does not know how far the one before it has come: a number that
    /// was used is taken for an event that was sent twice.
    public mutating func skip(_ count: Int) { firstNumber += max(0, count) }

    /// What to send next, with the number of its first event; nil when there is nothing.
    public var next: (firstNumber: Int, events: [TraceEvent])? {
        waiting.isEmpty ? nil : (firstNumber, Array(waiting.prefix(EventQueue.batch)))
    }

    /// Forgets all events up to and including this number.
    public mutating func acknowledge(through number: Int) {
        let count = min(waiting.count, max(0, number - firstNumber + 1))
        waiting.removeFirst(count)
        firstNumber += count
    }
}
