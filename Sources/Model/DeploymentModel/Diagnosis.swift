import MusterBase

extension Deployment {
    /// What is the matter, in plain words, when the deployment does not get on; nil when all is as it should be.
    ///
    /// - Parameter patience: how long a step may be silent before it is called stalled. The agent reports progress more
    ///   often than that in every step.
    public func diagnosis(at now: Timestamp, patience: Duration = .seconds(90)) -> String? {
        switch state {
        case .failed:
            return failure
        case .armed:
            let waiting = now - armedAt
            guard waiting > patience else { return nil }
            return "no boot request from this machine for \(words(waiting)) since it was armed: restart it, or "
                + "switch it on; does it boot from the network first, and is its link in the served network?"
        case .booting, .installing, .staged, .firstboot:
            let silence = now - (lastEventAt ?? armedAt)
            guard silence > patience else { return nil }
            return "stalled: nothing was heard for \(words(silence)) after '\(lastStep ?? "it began")'; "
                + "look at its console"
        case .deployed:
            return failure.map { "its last start: \($0)" }
        }
    }
}

/// A duration for people: `45 s`, `3 min`, `2 h`, `4 days`.
public func words(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    switch seconds {
    case ..<120: return "\(seconds) s"
    case ..<7200: return "\(seconds / 60) min"
    case ..<172_800: return "\(seconds / 3600) h"
    default: return "\(seconds / 86_400) days"
    }
}
