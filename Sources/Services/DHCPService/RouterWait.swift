import MusterBase
import Synchronization

/// Which machines were led to their iPXE script just now, and may be told that there is no IPv6 router: each once.
/// Bounded.
final class RouterWait: Sendable {
    /// How long after the answer to iPXE a solicitation counts as iPXE's own.
    static let lifetime = Duration.seconds(120)
    private static let capacity = 4096

    private let machines = Mutex<[MACAddress: Timestamp]>([:])

    func begin(_ mac: MACAddress, at time: Timestamp) {
        machines.withLock { machines in
            // A rack that boots at once may be told late; nothing else is lost.
            if machines.count >= RouterWait.capacity { machines = machines.filter { $0.value > time } }
            guard machines.count < RouterWait.capacity else { return }
            machines[mac] = time + RouterWait.lifetime
        }
    }

    /// True once for a machine that waits.
    func end(_ mac: MACAddress, at time: Timestamp) -> Bool {
        machines.withLock { machines in machines.removeValue(forKey: mac).map { $0 > time } ?? false }
    }
}
