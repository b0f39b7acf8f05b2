import APIClient
import MusterAPI
import MusterBase

/// Reaches a member by TLS, and sets the clock right on the way.
///
/// A machine whose battery is empty starts in some year long past, where no certificate is valid yet. Then the clock is
/// set to a time that nobody vouches for, only to be able to ask one who can be trusted: at least the time at which the
/// site's own keys were written, else what a member says in the clear. Only a time that came over TLS ends this.
public struct ServerContact: Sendable {
    /// What was done to the clock.
    public struct Outcome: Sendable, Hashable {
        /// The server that answered.
        public var server: String
        /// How far the clock was set forward (negative: back) in all.
        public var correction: Duration
        /// True when no certificate was valid by the clock that the machine started with.
        public var wasUnusable: Bool
        /// True when the clock was set.
        public var wasSet: Bool

        /// One line for people.
        public var clockWords: String {
            guard wasSet else { return "the clock is right" }
            let seconds = correction.components.seconds
            let amount =
                switch abs(seconds) {
                case 0: "less than a second"
                case ..<259_200: "\(abs(seconds)) s"
                default: "\(abs(seconds) / 86_400) days"
                }
            let words = "the clock was \(correction < .zero ? "ahead" : "behind") by \(amount) and is set"
            return wasUnusable ? words + " (no certificate was valid by it)" : words
        }
    }

    let pool: MemberPool
    /// No time before this is believed.
    let earliest: Timestamp
    let clock: WallClock
    let setClock: @Sendable (Timestamp) throws -> Void
    /// What a member says in the clear; nil when it cannot be had.
    let unauthenticatedTime: @Sendable () async -> Timestamp?

    public init(
        pool: MemberPool, earliest: Timestamp, clock: WallClock,
        setClock: @escaping @Sendable (Timestamp) throws -> Void,
        unauthenticatedTime: @escaping @Sendable () async -> Timestamp?
    ) {
        self.pool = pool
        self.earliest = earliest
        self.clock = clock
        self.setClock = setClock
        self.unauthenticatedTime = unauthenticatedTime
    }

    /// A clock that is off by less is left alone: the network's own delay is of that order.
    static let tolerance = Duration.milliseconds(500)

    /// Throws what the server or the network said when no member can be reached and trusted.
    public func establish() async throws -> Outcome {
        let begin = ContinuousClock.now
        let start = clock.now()
        do {
            return try await settle(begin, start, wasUnusable: false)
        } catch let error as MusterError where error.tlsFailure?.isAboutTime == true {
            if clock.now() < earliest {
                try setClock(earliest)
                if let outcome = try await retry(begin, start) { return outcome }
            }
            guard let told = await unauthenticatedTime(), told >= earliest else {
                throw MusterError(
                    error.code, error.message,
                    advice: "the machine's clock (\(start)) in its firmware's setup, and the server's clock",
                    cause: error.cause)
            }
            try setClock(told)
            return try await settle(begin, start, wasUnusable: true)
        }
    }

    private func retry(_ begin: ContinuousClock.Instant, _ start: Timestamp) async throws -> Outcome? {
        do {
            return try await settle(begin, start, wasUnusable: true)
        } catch let error as MusterError where error.tlsFailure?.isAboutTime == true {
            return nil
        }
    }

    /// Asks for the time over TLS and sets the clock by it.
    private func settle(
        _ begin: ContinuousClock.Instant, _ start: Timestamp, wasUnusable: Bool
    ) async throws -> Outcome {
        let asked = ContinuousClock.now
        let (server, time) = try await pool.ask { ($0.name, try await $0.time().time) }
        // Half of the way there and back is gone since the server looked at its clock.
        let now = time + (ContinuousClock.now - asked) / 2
        let difference = now - clock.now()
        let isOff = difference > ServerContact.tolerance || difference < .zero - ServerContact.tolerance
        if isOff { try setClock(now) }
        let correction = now - (start + (ContinuousClock.now - begin))
        return Outcome(server: server, correction: correction, wasUnusable: wasUnusable, wasSet: isOff || wasUnusable)
    }
}
