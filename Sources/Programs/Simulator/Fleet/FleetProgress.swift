import Synchronization

/// How far a fleet has come, to be looked at while it runs.
public struct FleetProgress: Sendable, Hashable {
    public var started = 0
    public var deployed = 0
    /// Heard, vanished or failed.
    public var otherwiseOver = 0
    public var failed = 0

    public var inFlight: Int { started - deployed - otherwiseOver }

    mutating func add(_ other: FleetProgress) {
        started += other.started
        deployed += other.deployed
        otherwiseOver += other.otherwiseOver
        failed += other.failed
    }
}

/// Where an event loop leaves its progress.
final class ProgressCell: Sendable {
    private let value = Mutex(FleetProgress())

    func set(_ progress: FleetProgress) { value.withLock { $0 = progress } }
    var progress: FleetProgress { value.withLock { $0 } }
}
