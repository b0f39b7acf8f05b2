import MusterBase

/// Which member is asked for the next chunk, and when a second one is asked beside it. Times go in, decisions come out.
///
/// The member that answers soonest is preferred, by measured time and by how much it has to do already. One that fails
/// is left alone for a growing while; when all are, each is asked again after a second at the latest.
package struct MemberPolicy: Sendable {
    package struct Settings: Sendable, Hashable {
        /// A second member is asked when a chunk that somebody waits for takes longer.
        package var hedgeDelay = Duration.milliseconds(500)
        /// Where the members are slow as a rule, it is later, up to this.
        package var longestHedgeDelay = Duration.milliseconds(1200)
        /// The same for a chunk that nobody waits for, and before a member is asked twice.
        package var patience = Duration.seconds(5)
        /// How long a member is left after its first failure; doubled for each further one.
        package var firstLeave = Duration.milliseconds(500)
        package var longestLeave = Duration.seconds(15)
        /// When all members are left, none is for longer.
        package var longestLeaveOfAll = Duration.seconds(1)
        /// Requests for one chunk at a time.
        package var attemptLimit = 3

        package init() {}
    }

    /// One request of one chunk to one member.
    package struct Attempt: Sendable, Hashable {
        package let number: UInt64
        package let member: Int
        package let begin: Duration
    }

    /// What to do for a chunk.
    package enum Decision: Sendable, Hashable {
        case ask(member: Int)
        /// Nothing before this time, unless something else happens.
        case wait(until: Duration)
        /// Nothing, until something happens.
        case stay
    }

    private struct Member: Sendable {
        /// Smoothed time of an answer; nil when there was none yet.
        var time: Duration?
        var measuredAt = Duration.zero
        var running: [UInt64: Duration] = [:]
        var failures = 0
        var failedAt = Duration.zero
        var leftUntil = Duration.zero
        var answeredAt: Duration?
    }

    private let settings: Settings
    private var members: [Member]
    private var count: UInt64 = 0

    package init(members count: Int, settings: Settings = Settings()) {
        self.settings = settings
        members = Array(repeating: Member(), count: max(0, count))
    }

    // MARK: What happens

    /// A member is asked.
    package mutating func begin(_ member: Int, at now: Duration) -> Attempt {
        count += 1
        members[member].running[count] = now
        return Attempt(number: count, member: member, begin: now)
    }

    /// It answered, and what it gave was right.
    package mutating func succeeded(_ attempt: Attempt, at now: Duration) {
        guard members[attempt.member].running.removeValue(forKey: attempt.number) != nil else { return }
        measure(attempt.member, now - attempt.begin, at: now)
        members[attempt.member].failures = 0
        members[attempt.member].leftUntil = .zero
        members[attempt.member].answeredAt = now
    }

    /// It did not answer, or gave what is wrong.
    package mutating func failed(_ attempt: Attempt, at now: Duration) {
        guard members[attempt.member].running.removeValue(forKey: attempt.number) != nil else { return }
        // All that was on the way to it when it died fails at once, and counts once.
        let isNew = members[attempt.member].failures == 0 || attempt.begin >= members[attempt.member].failedAt
        guard isNew else { return }
        var leave = settings.firstLeave
        for _ in 0..<min(members[attempt.member].failures, 30) where leave < settings.longestLeave { leave *= 2 }
        members[attempt.member].failures += 1
        members[attempt.member].failedAt = now
        members[attempt.member].leftUntil = now + min(leave, settings.longestLeave)
    }

    /// The chunk came from another member first, and this request was given up.
    package mutating func lost(_ attempt: Attempt, at now: Duration) {
        let member = members[attempt.member]
        let age = now - attempt.begin
        if age >= hedgeDelay, (member.answeredAt ?? .zero) <= attempt.begin {
            // Nothing came from it in all that time: it may well be dead.
            failed(attempt, at: now)
        } else if members[attempt.member].running.removeValue(forKey: attempt.number) != nil {
            // It would have taken at least so long.
            if age > (member.time ?? .zero) { measure(attempt.member, age, at: now) }
        }
    }

    /// Nobody wants the chunk any more.
    package mutating func cancelled(_ attempt: Attempt) {
        members[attempt.member].running.removeValue(forKey: attempt.number)
    }

    private mutating func measure(_ member: Int, _ time: Duration, at now: Duration) {
        members[member].time = members[member].time.map { ($0 * 3 + time) / 4 } ?? time
        members[member].measuredAt = now
    }

    // MARK: Decisions

    /// After this time another member is asked for a chunk that somebody waits for.
    package var hedgeDelay: Duration {
        let usual = members.compactMap(\.time).min() ?? .zero
        return min(settings.longestHedgeDelay, max(settings.hedgeDelay, usual * 3))
    }

    /// What to do for a chunk for which these requests are on the way.
    package func decide(_ attempts: [Attempt], isDemanded: Bool, at now: Duration) -> Decision {
        guard let last = attempts.map(\.begin).max() else { return decideFirst(at: now) }
        guard attempts.count < settings.attemptLimit else { return .stay }
        let asked = Set(attempts.map(\.member))
        let another = best(at: now, without: asked)
        // Over another connection the same member may answer: it was started anew, or an address changed.
        let due = last + (isDemanded && another != nil ? hedgeDelay : settings.patience)
        guard now >= due else { return .wait(until: isDemanded ? soonest(due, last + hedgeDelay, at: now) : due) }
        if let member = another ?? best(at: now, without: []) { return .ask(member: member) }
        return .wait(until: now + settings.firstLeave)
    }

    private func decideFirst(at now: Duration) -> Decision {
        if let member = best(at: now, without: []) { return .ask(member: member) }
        guard let next = members.indices.map({ availableAt($0, now) }).min() else { return .stay }
        return .wait(until: next)
    }

    /// When to decide anew: when it is due, or before that when other members may have come back, and in any case soon.
    private func soonest(_ due: Duration, _ hedge: Duration, at now: Duration) -> Duration {
        min(due, hedge > now ? hedge : now + settings.firstLeave)
    }

    /// The member that will answer soonest, of those that are not left alone.
    private func best(at now: Duration, without excluded: Set<Int>) -> Int? {
        members.indices.filter { !excluded.contains($0) && availableAt($0, now) <= now }
            .min { expected($0, now) < expected($1, now) }
    }

    /// When a member may be asked.
    private func availableAt(_ member: Int, _ now: Duration) -> Duration {
        let until = members[member].leftUntil
        guard members.allSatisfy({ $0.leftUntil > now }) else { return until }
        return min(until, members[member].failedAt + settings.longestLeaveOfAll)
    }

    /// How long an answer of this member will take.
    private func expected(_ index: Int, _ now: Duration) -> Duration {
        let member = members[index]
        // What was measured long ago is believed less and less, so that a member that was slow gets another chance.
        let age = Int((now - member.measuredAt).components.seconds / 30)
        var time = (member.time ?? .zero) / (1 << min(max(0, age), 10))
        // A member that has given nothing since an older request takes at least as long as that one by now.
        if let oldest = member.running.values.min(), (member.answeredAt ?? .zero) <= oldest, now - oldest >= hedgeDelay
        {
            time = max(time, now - oldest)
        }
        return max(time, .microseconds(100)) * (member.running.count + 1)
    }
}
