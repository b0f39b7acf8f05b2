import BootPolicy
import MusterBase
import Synchronization

/// Remembers what it was told to keep.
final class FakeJournal: LeaseJournal {
    let saved = Mutex<[IPv4Address: Lease]>([:])

    func save(_ lease: Lease) { saved.withLock { $0[lease.address] = lease } }
    func remove(_ address: IPv4Address) { saved.withLock { $0[address] = nil } }
}
