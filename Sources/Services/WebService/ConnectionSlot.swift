import NIOCore
import Synchronization

/// The place that a connection has among those of its listener, and whether a request is under way on it. Written by the
/// connection's event loop, read by the one that accepts.
final class ConnectionSlot: Sendable {
    /// Nanoseconds of the monotonic clock; 0 while a request is being answered.
    private let idleSince: Atomic<UInt64>
    private let asked = Atomic(false)

    init() { idleSince = Atomic(NIODeadline.now().uptimeNanoseconds) }

    /// Since when nothing is being answered; nil while something is.
    var idleTime: UInt64? {
        let time = idleSince.load(ordering: .relaxed)
        return time == 0 ? nil : time
    }

    /// True from the first request on.
    var hasAsked: Bool { asked.load(ordering: .relaxed) }

    func isBusy() {
        asked.store(true, ordering: .relaxed)
        idleSince.store(0, ordering: .relaxed)
    }

    func isIdle() { idleSince.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed) }
}
