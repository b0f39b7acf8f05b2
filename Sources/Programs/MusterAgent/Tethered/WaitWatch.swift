import MusterBase

/// What is said on the console when the root file system waits for its servers, and when it goes on.
struct WaitWatch: Sendable {
    /// A wait is told when it has taken so long, and again each time that this has passed.
    static let firstWord = Duration.seconds(3)
    static let nextWord = Duration.seconds(60)

    private var waitingSince: Duration?
    private var saidAt: Duration?

    /// - Parameters:
    ///   - since: when the longest wait of now began; nil when nobody waits.
    ///   - trouble: what went wrong last.
    /// - Returns: a line for the console, when there is something to say.
    mutating func look(waitingSince since: Duration?, at now: Duration, trouble: String?) -> String? {
        // Another read may wait by now, and the first have gone on.
        guard let since, saidAt == nil || since == waitingSince else { return end(now, since) }
        guard now - since >= Self.firstWord, saidAt.map({ now - $0 >= Self.nextWord }) ?? true else { return nil }
        waitingSince = since
        saidAt = now
        let reason = trouble.map { "; what came back last: \($0)" } ?? "; no server answers"
        return "the root file system has been waiting for the servers for \(ConsoleNames.brief(now - since))\(reason)"
    }

    private mutating func end(_ now: Duration, _ since: Duration?) -> String? {
        defer { (waitingSince, saidAt) = (nil, nil) }
        guard let begin = waitingSince, saidAt != nil else { return nil }
        return "the root file system goes on: it waited for \(ConsoleNames.brief(now - begin))"
    }
}
