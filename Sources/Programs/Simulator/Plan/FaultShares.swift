import MusterBase

/// What goes wrong in a fleet, and how often.
public struct FaultShares: Sendable, Hashable {
    /// Share of the datagrams (DHCP, TFTP) that are lost, each way.
    public var loss = 0.0
    /// Share of the datagrams that arrive twice, each way.
    public var duplicate = 0.0
    /// Share of the machines that take their time before each word.
    public var slow = 0.0
    /// Share of the machines that die on their way and are switched on again.
    public var die = 0.0
    /// Share of the machines that die on their way for good.
    public var vanish = 0.0

    public static let none = FaultShares()
    /// A machine room as they are.
    public static let usual = FaultShares(loss: 0.01, duplicate: 0.005, slow: 0.02, die: 0.01, vanish: 0.002)
    /// ``usual`` in shares.
    public static let usualText = "loss=1%,duplicate=0.5%,slow=2%,die=1%,vanish=0.2%"

    public init(
        loss: Double = 0, duplicate: Double = 0, slow: Double = 0, die: Double = 0, vanish: Double = 0
    ) {
        self.loss = loss
        self.duplicate = duplicate
        self.slow = slow
        self.die = die
        self.vanish = vanish
    }

    /// Reads `none`, `usual`, or shares such as `loss=1%,duplicate=1%,slow=2%,die=1%,vanish=0.5%`.
    public init(_ text: String) throws(MusterError) {
        switch text {
        case "none": self = .none
        case "usual": self = .usual
        default:
            let names = ["loss", "duplicate", "slow", "die", "vanish"]
            let shares = try Shares.parse(text, of: "faults", names: names)
            self.init(
                loss: shares["loss"] ?? 0, duplicate: shares["duplicate"] ?? 0, slow: shares["slow"] ?? 0,
                die: shares["die"] ?? 0, vanish: shares["vanish"] ?? 0)
            guard slow + die + vanish <= 1 else {
                throw MusterError(.invalidInput, "'\(text)': slow, die and vanish are more than all machines")
            }
        }
    }
}
