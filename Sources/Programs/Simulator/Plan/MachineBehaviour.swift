import MusterBase

/// What one machine of a fleet does: a pure value of seed and number. The same seed gives the same.
public struct MachineBehaviour: Sendable, Hashable {
    /// What becomes of a machine when nothing goes wrong that was not planned.
    public enum Destiny: String, Sendable, Hashable {
        case arrives
        /// Nobody defined it: its firmware asks in vain.
        case isUnknown
        /// It dies on the way and stays dead.
        case vanishes
    }

    /// Where a machine dies, and after how long it is switched on again; nil for never.
    public struct Death: Sendable, Hashable {
        public var step: SimulatedStep
        public var pause: Duration?
    }

    /// From 1.
    public let number: Int
    public let destiny: Destiny
    public let firmware: SimulatedFirmware
    public let isSlow: Bool
    public let death: Death?
    /// Whatever else it draws comes from here.
    public let seed: UInt64

    /// Where machines die: in the middle of each of the exchanges that leave something behind at a server.
    static let deathSteps: [SimulatedStep] = [
        .loader, .script, .kernel, .network, .server, .configuration, .rootImage, .certificates,
    ]

    /// - Parameter isKnown: whether it is a node of the inventory.
    init(number: Int, isKnown: Bool, seed: UInt64, mix: FirmwareMix, faults: FaultShares) {
        var random = SeededRandom(seed: seed, stream: UInt64(number))
        self.number = number
        // Drawn in a fixed order, each whether it is used or not: one share set otherwise leaves all the rest as it was.
        firmware = mix.firmware(at: Double(random.next() >> 11) * 0x1p-53)
        let fate = Double(random.next() >> 11) * 0x1p-53
        let place = Int(random.next() % UInt64(Self.deathSteps.count))
        let pause = Duration.milliseconds(1000 + Int64(random.next() % 4000))
        self.seed = random.next()
        let vanishes = fate < faults.vanish
        let dies = !vanishes && fate < faults.vanish + faults.die
        isSlow = isKnown && !vanishes && !dies && fate < faults.vanish + faults.die + faults.slow
        destiny = !isKnown ? .isUnknown : vanishes ? .vanishes : .arrives
        death = isKnown && (vanishes || dies) ? Death(step: Self.deathSteps[place], pause: vanishes ? nil : pause) : nil
    }
}
