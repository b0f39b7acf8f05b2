import MusterAPI
import MusterBase
import Profiles

/// What profiles have for their nodes beside an image: files, and plays.
public protocol StageLookup: Sendable {
    /// The rules of a profile's `syncfiles`, with the files that they stand for.
    func fileRules(_ profile: String) throws -> [ResolvedRule]
    func open(_ source: FileSource, of profile: String) throws -> OpenSource
    /// The playbooks of a stage.
    func plays(_ profile: String, stage: String) throws -> ProfilePlays
}

/// The plays of one stage of a profile.
public struct ProfilePlays: Sendable, Hashable {
    /// On this member, in the order in which they run.
    public var playbooks: [String]
    /// Where the profile's roles are looked for.
    public var directory: String

    public init(playbooks: [String], directory: String) {
        self.playbooks = playbooks
        self.directory = directory
    }
}

/// Gives each node the files that are for it, and no other.
struct FileDesk: Sendable {
    let stages: any StageLookup
    let members: RangeMembers

    /// What a node is to have. Of several rules for one target the last one that replaces counts.
    ///
    /// - Parameter withSecrets: false for a system that lies on its disk, and its key with it.
    func list(of node: String, profile: String, withSecrets: Bool) throws -> FileList {
        var files: [SyncedFile] = []
        var total: Int64 = 0
        for item in try items(of: node, profile, withSecrets) {
            files.append(item.file)
            total += item.file.size
        }
        guard files.count <= SyncedFile.most, total <= SyncedFile.largestTotal else {
            throw MusterError(
                .exhausted,
                "the profile \(profile) has \(files.count) files of \(total) octets for \(node); the most are "
                    + "\(SyncedFile.most) files of \(SyncedFile.largestTotal) octets",
                advice: "put large content into the image, or into a package")
        }
        return FileList(files: files)
    }

    /// Opens one of the files that ``list(of:profile:withSecrets:)`` has.
    func open(_ digest: ContentDigest, of node: String, profile: String, withSecrets: Bool) throws -> OpenSource {
        let item = try items(of: node, profile, withSecrets).first { $0.file.digest == digest }
        guard let source = item?.source else {
            throw MusterError(.notFound, "\(digest) is none of the files that \(node) is to have now")
        }
        return try stages.open(source, of: profile)
    }

    private func items(of node: String, _ profile: String, _ withSecrets: Bool) throws -> [ResolvedRule.Item] {
        try stages.fileRules(profile).flatMap { resolved -> [ResolvedRule.Item] in
            guard withSecrets || !resolved.isSecret else { return [] }
            guard let range = resolved.rule.rangeText else { return resolved.items }
            do {
                return try members.contains(node, in: range) ? resolved.items : []
            } catch {
                throw MusterError(
                    .invalidInput, "the noderange in line \(resolved.rule.line) of syncfiles in \(profile)",
                    cause: error)
            }
        }
    }
}
