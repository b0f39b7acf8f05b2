import DiskFormats
import MusterBase

/// Which of two roots starts: what GRUB and the agent keep for each other in a block of GRUB's environment.
///
/// ``RootMenu`` reads it at each start, takes one try off while a root is on trial, and writes it back before it starts
/// that root. All else is changed by the agent: of the system that installs, and of the systems on the disk.
package struct RootChoice: Sendable, Hashable {
    /// The root that starts when none is on trial; nil before the first became healthy.
    package var good: RootSlot?
    /// The root that was installed last and has not become healthy yet.
    package var trial: RootSlot?
    package var tries: Tries

    package enum Tries: Sendable, Hashable {
        /// So many starts of the root on trial are left.
        case left(Int)
        /// The root on trial said itself that it is no good: it is not started again.
        case rejected
    }

    /// How often a new root is started before the machine goes back to the one before it.
    package static let firstTries = 3
    /// The names of the variables, in the order in which GRUB's menu has them.
    package static let names = ["good", "trial", "tries"].map { variablePrefix + $0 }
    /// Of all that Muster keeps in GRUB's environment.
    static let variablePrefix = "muster_"

    private init(good: RootSlot?, trial: RootSlot?, tries: Tries) {
        self.good = good
        self.trial = trial
        self.tries = tries
    }

    /// Of a disk whose first root was just installed: there is nothing to go back to.
    package static func first(_ slot: RootSlot) -> RootChoice {
        RootChoice(good: nil, trial: slot, tries: .left(firstTries))
    }

    /// Reads what GRUB or the agent wrote. Values that are none are taken for nothing, as GRUB's menu takes them.
    package init(_ environment: GRUBEnvironment) {
        let values = Self.names.map { environment.variables[$0] ?? "" }
        good = RootSlot(rawValue: values[0])
        trial = RootSlot(rawValue: values[1])
        tries = values[2] == Self.rejected ? .rejected : .left(max(0, Int(values[2]) ?? 0))
    }

    private static let rejected = "rejected"

    package var environment: GRUBEnvironment {
        let count = if case .left(let count) = tries { "\(count)" } else { Self.rejected }
        return GRUBEnvironment(
            Dictionary(uniqueKeysWithValues: zip(Self.names, [good?.rawValue ?? "", trial?.rawValue ?? "", count])))
    }

    /// What this means for the system that runs from one of the roots.
    package enum Standing: Sendable, Hashable {
        case good
        /// On trial; `returns` when there is another root to go back to.
        case onTrial(returns: Bool)
        /// The other root was on trial, and this one was started in its place.
        case returned(Tries)
        /// Neither good nor on trial. It was started by hand.
        case unknown
    }

    package func standing(of slot: RootSlot) -> Standing {
        if trial == slot { return .onTrial(returns: good == slot.other) }
        guard good == slot else { return .unknown }
        return trial == nil ? .good : .returned(tries)
    }

    // MARK: Changes

    /// Before anything is written to a root: whatever happens from now on, the good one starts.
    package func withoutTrial() -> RootChoice { RootChoice(good: good, trial: nil, tries: .left(0)) }

    /// A root was written: it is started next, so many times at most.
    package func onTrial(_ slot: RootSlot) -> RootChoice {
        RootChoice(good: good == slot ? nil : good, trial: slot, tries: .left(Self.firstTries))
    }

    /// The root on trial is healthy.
    package func accepting(_ slot: RootSlot) -> RootChoice { RootChoice(good: slot, trial: nil, tries: .left(0)) }

    /// The root on trial is no good.
    package func rejecting() -> RootChoice { RootChoice(good: good, trial: trial, tries: .rejected) }
}
