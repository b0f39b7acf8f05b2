import MusterBase

/// Which service it is that answers.
public struct ServiceVersion: Codable, Sendable, Hashable {
    public var version: String
    /// Name of the site.
    public var site: String
    /// Process id of the service.
    public var process: Int
    public var startedAt: Timestamp

    public init(version: String, site: String, process: Int, startedAt: Timestamp) {
        self.version = version
        self.site = site
        self.process = process
        self.startedAt = startedAt
    }
}

/// One thing that was looked at, and how it stands.
public struct CheckResult: Codable, Sendable, Hashable {
    public enum Verdict: String, Codable, Sendable {
        case good
        case warning
        case bad
    }

    public var subject: String
    public var verdict: Verdict
    public var message: String
    /// How to mend it.
    public var advice: String?

    public init(subject: String, verdict: Verdict, message: String, advice: String?) {
        self.subject = subject
        self.verdict = verdict
        self.message = message
        self.advice = advice
    }
}

/// What the service found when it looked at itself.
public struct CheckReport: Codable, Sendable, Hashable {
    public var results: [CheckResult]
    /// What the service listens on, or would; none when the service was not asked.
    public var listeners: [ListenerStatus]

    public init(results: [CheckResult], listeners: [ListenerStatus] = []) {
        self.results = results
        self.listeners = listeners
    }

    /// A service of an earlier version tells of no listeners.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        results = try values.decode([CheckResult].self, forKey: .results)
        listeners = try values.decodeIfPresent([ListenerStatus].self, forKey: .listeners) ?? []
    }
}
