import BootPolicy
import DHCPWire
import MusterBase
import Synchronization

/// A directory of fixed nodes that remembers what it was told.
final class FakeDirectory: BootDirectory {
    private let byMAC: [MACAddress: NodeBootFacts]
    private let byUUID: [MachineUUID: NodeBootFacts]
    private let reserved: Set<IPv4Address>
    private let observed = Mutex<[BootObservation]>([])

    init(_ nodes: [NodeBootFacts], reserved: Set<IPv4Address> = []) {
        byMAC = Dictionary(nodes.flatMap { node in node.macAddresses.map { ($0, node) } }) { first, _ in first }
        byUUID = Dictionary(nodes.compactMap { node in node.uuid.map { ($0, node) } }) { first, _ in first }
        self.reserved = reserved
    }

    var observations: [BootObservation] { observed.withLock { $0 } }
    var outcomes: [BootObservation.Outcome] { observations.map(\.outcome) }

    func facts(for identity: MachineIdentity) -> NodeBootFacts? {
        byMAC[identity.mac] ?? identity.uuid.flatMap { byUUID[$0] }
    }

    func record(_ observation: BootObservation) { observed.withLock { $0.append(observation) } }

    func isReserved(_ address: IPv4Address) -> Bool { reserved.contains(address) }
}
