import MusterBase

/// All that is decided about a run before it begins.
public struct FleetPlan: Sendable, Hashable {
    /// When machines are switched on.
    public enum Arrival: Sendable, Hashable {
        /// So many a second, whatever becomes of those before.
        case rate(Double)
        /// All at once, as far as ``FleetPlan/inFlight`` allows: the next when one is done.
        case storm
    }

    /// Machines that are nodes of the inventory.
    public var nodes: Int
    /// Machines beside them that nobody has defined.
    public var unknown: Int
    public var seed: UInt64
    public var arrival: Arrival
    /// How many machines may be on their way at the same time.
    public var inFlight: Int
    public var mix: FirmwareMix
    public var faults: FaultShares
    /// Whether files are loaded whole; else one octet of each large one.
    public var loadsWholeFiles: Bool
    /// The machines' network, with the address of the first relay.
    public var network: IPv4Network
    public var namePrefix: String
    /// A machine that is not done after so long has failed.
    public var patience: Duration

    public init(
        nodes: Int, unknown: Int = 0, seed: UInt64 = 1, arrival: Arrival = .storm, inFlight: Int = 512,
        mix: FirmwareMix = .usual, faults: FaultShares = .none, loadsWholeFiles: Bool = false,
        network: IPv4Network, namePrefix: String = "sim", patience: Duration = .seconds(300)
    ) {
        self.nodes = nodes
        self.unknown = unknown
        self.seed = seed
        self.arrival = arrival
        self.inFlight = inFlight
        self.mix = mix
        self.faults = faults
        self.loadsWholeFiles = loadsWholeFiles
        self.network = network
        self.namePrefix = namePrefix
        self.patience = patience
    }

    public var machines: Int { nodes + unknown }

    /// - Parameter number: from 1 to ``machines``; those above ``nodes`` are unknown.
    public func behaviour(_ number: Int) -> MachineBehaviour {
        MachineBehaviour(number: number, isKnown: number <= nodes, seed: seed, mix: mix, faults: faults)
    }

    /// The numbers of all machines in the order in which they are switched on.
    public var order: [Int] {
        var random = SeededRandom(seed: seed, stream: 0)
        return Array(1...max(1, machines)).shuffled(using: &random)
    }

    /// How many machines are to arrive.
    public var expected: Int { (1...max(1, nodes)).count { behaviour($0).destiny == .arrives } }
}
