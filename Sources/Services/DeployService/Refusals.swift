import DeploymentModel
import MusterBase

/// What was refused in a deployment. Equal refusals are one event in the trace: anybody on the link can bring them about,
/// as often as they like.
package struct Refusal: Codable, Sendable, Equatable {
    /// The message of the event that stands for all of them.
    var message: String
    var count: Int
    var last: Timestamp
    /// Nil in records from before each step had its own.
    var step: String?
    /// What is the same in all of them; nil when that is the message.
    var key: String?

    /// The most different ones of a step; those after them are counted together.
    static let kept = 32
    static let further = "further requests were refused, for other reasons or from other addresses"

    fileprivate func isEqual(to other: Refusal) -> Bool {
        (step ?? other.step) == (other.step ?? step) && (key ?? message) == (other.key ?? other.message)
    }
}

extension NodeRecord {
    /// Counts a refusal.
    ///
    /// - Returns: how many there were of it; nil when it is the first, which then is the last of ``refusals``, with the
    ///   message that is to stand in the trace.
    mutating func count(_ event: TraceEvent, key: String) -> Int? {
        var all = refusals ?? []
        defer { refusals = all }
        var new = Refusal(
            message: event.message, count: 1, last: event.time, step: event.step,
            key: key == event.message ? nil : key)
        if !all.contains(where: new.isEqual), all.count(where: { $0.step == event.step }) >= Refusal.kept {
            new.message = Refusal.further
            new.key = nil
        }
        guard let position = all.firstIndex(where: new.isEqual) else {
            all.append(new)
            return nil
        }
        all[position].count += 1
        all[position].last = event.time
        return all[position].count
    }

    /// Takes the refusals over that another state of the same deployment's record knows of.
    mutating func countRefusals(of other: NodeRecord) {
        guard let others = other.refusals else { return }
        var merged = refusals ?? []
        for refusal in others {
            if let position = merged.firstIndex(where: refusal.isEqual) {
                if merged[position].count < refusal.count { merged[position] = refusal }
            } else {
                merged.append(refusal)
            }
        }
        refusals = merged
    }
}

extension [Refusal] {
    /// The event as the trace shows it: one that stands for many says for how many.
    func counted(_ event: TraceEvent) -> TraceEvent {
        guard event.status == .retrying,
            let refusal = first(where: { $0.message == event.message && ($0.step ?? event.step) == event.step }),
            refusal.count > 1
        else { return event }
        var event = event
        event.message += " (\(refusal.count) times, last at \(refusal.last))"
        return event
    }
}
