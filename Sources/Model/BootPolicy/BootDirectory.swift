import MusterBase

/// Where the boot services find nodes, and where they tell what they saw.
///
/// All functions are called on an event loop for each packet: they must not block, and their cost must not grow with
/// the number of nodes.
public protocol BootDirectory: Sendable {
    /// The node with that MAC address or, when there is none, with that UUID; nil for a machine that nobody told of.
    func facts(for identity: MachineIdentity) -> NodeBootFacts?

    /// Takes notice of a step. A machine may repeat its packets; each is told.
    func record(_ observation: BootObservation)

    /// Whether a node of the inventory has this address, so that the dynamic range must not give it away.
    func isReserved(_ address: IPv4Address) -> Bool
}

extension BootDirectory {
    public func isReserved(_ address: IPv4Address) -> Bool { false }
}
