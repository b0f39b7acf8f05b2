import MusterBase

/// How long to wait between attempts, and when to call a step failed.
public struct RetryPolicy: Sendable, Hashable {
    /// Before the second attempt; doubled for each further one.
    public var first: Duration
    /// No wait is longer.
    public var longest: Duration
    /// After so many attempts the step is called failed, with all that is known. It is tried on all the same.
    public var patience: Int

    public init(first: Duration, longest: Duration, patience: Int) {
        self.first = first
        self.longest = longest
        self.patience = patience
    }

    /// For what depends on other machines: 1, 2, 4, 8, 15, 15 … seconds; failed after 6 attempts, some 45 seconds.
    public static let network = RetryPolicy(first: .seconds(1), longest: .seconds(15), patience: 6)
    /// For what is decided within this machine: failed at once, tried again every 30 seconds.
    public static let local = RetryPolicy(first: .seconds(30), longest: .seconds(30), patience: 1)

    /// The wait behind attempt number `attempt`, counted from 1.
    public func delay(after attempt: Int) -> Duration {
        var delay = first
        for _ in 1..<max(1, min(attempt, 30)) {
            if delay >= longest { break }
            delay *= 2
        }
        return min(delay, longest)
    }

    /// True once, at the attempt that uses up the patience, and then at each tenth: the words are said again for those
    /// who look later.
    public func isTimeToExplain(_ attempt: Int) -> Bool {
        attempt == patience || (attempt > patience && (attempt - patience) % 10 == 0)
    }
}

extension MusterError {
    /// True for an answer that the same question will get again until somebody changes something; false for what may be
    /// gone at the next attempt.
    var isDecided: Bool {
        let decided: [Code] = [
            .verificationFailed, .exhausted, .unsupported, .invalidInput, .forbidden, .unauthenticated, .conflict,
            .alreadyExists, .notFound,
        ]
        return decided.contains(code)
    }
}
