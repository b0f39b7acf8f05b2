import MusterAPI
import MusterBase
import Profiles
import Synchronization

/// The files and plays of the profiles in the state directory. They are looked at once a second at most, however many
/// nodes ask.
public final class StageCatalog: StageLookup {
    private struct Known {
        var rules: Result<[ResolvedRule], MusterError>
        var readAt: ContinuousClock.Instant
    }

    private let profiles: ProfileStore
    private let digests = SourceDigests()
    private let known = Mutex<[String: Known]>([:])
    private let freshness = Duration.seconds(1)

    public init(_ profiles: ProfileStore) { self.profiles = profiles }

    public func fileRules(_ profile: String) throws -> [ResolvedRule] {
        let now = ContinuousClock.now
        if let found = known.withLock({ $0[profile] }), now - found.readAt < freshness { return try found.rules.get() }
        let rules: Result<[ResolvedRule], MusterError>
        do {
            rules = .success(try profiles.fileRules(profile, digests: digests))
        } catch let error as MusterError {
            rules = .failure(error)
        }
        known.withLock { known in
            // Names that do not exist must not pile up.
            if known.count > 1000 { known.removeAll() }
            known[profile] = Known(rules: rules, readAt: now)
        }
        return try rules.get()
    }

    public func open(_ source: FileSource, of profile: String) throws -> OpenSource {
        try profiles.open(source, of: profile)
    }

    public func plays(_ profile: String, stage: String) throws -> ProfilePlays {
        guard let stage = Profile.Stage(rawValue: stage) else {
            throw MusterError(.invalidInput, "'\(plain(stage, limit: 64))' is no stage")
        }
        let plays = try profiles.plays(of: profiles.load(profile), stage: stage)
        return ProfilePlays(playbooks: plays.map(\.path), directory: profiles.playDirectory(profile))
    }

    /// What the server does for nodes of a profile; nil for nothing.
    func work(of profile: Profile) throws -> StageWork? {
        let hasFiles = try !fileRules(profile.name).isEmpty
        let stages = try Profile.Stage.allCases.filter { try !profiles.plays(of: profile, stage: $0).isEmpty }
        guard hasFiles || !stages.isEmpty else { return nil }
        return StageWork(hasFiles: hasFiles, playStages: stages.map(\.rawValue))
    }
}
