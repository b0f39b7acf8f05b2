import LinuxSystem
import MusterBase

extension ProfileStore {
    /// The file with the rules.
    public static let fileRules = "syncfiles"

    /// What a profile has for its nodes, rule by rule; empty when it has no `syncfiles`.
    ///
    /// - Throws: ``MusterError`` `malformed` for the first fault, with file, line and column.
    public func fileRules(_ profile: String, digests: SourceDigests) throws -> [ResolvedRule] {
        let (rules, faults) = try readRules(profile)
        if let fault = faults.first { throw fault }
        let resolution = resolution(profile, digests)
        return try rules.map { try resolution.resolve($0) }
    }

    /// All that is wrong with a profile's `syncfiles`, a line each; empty when there is nothing, or no such file.
    public func fileProblems(_ profile: String) -> [String] {
        do {
            let (rules, faults) = try readRules(profile)
            let resolution = resolution(profile, SourceDigests())
            return faults.map(\.description)
                + rules.compactMap { rule in
                    do {
                        _ = try resolution.resolve(rule)
                        return nil
                    } catch { return "\(error)" }
                }
        } catch {
            return ["\(error)"]
        }
    }

    /// Opens a file that a rule stands for.
    public func open(_ source: FileSource, of profile: String) throws -> OpenSource {
        guard let tree = trees(profile)[source.place] else {
            throw MusterError(.internalFailure, "there is no place for \(source.path)")
        }
        return try tree.open(source.path).file
    }

    // MARK: -

    private func readRules(_ profile: String) throws -> (rules: [FileRule], faults: [MusterError]) {
        let path = "\(path(profile))/\(Self.fileRules)"
        guard Files.exists(path) else { return ([], []) }
        return FileRuleParser.read(try Files.readText(path, limit: 1 << 20), file: Self.fileRules)
    }

    private func resolution(_ profile: String, _ digests: SourceDigests) -> RuleResolution {
        RuleResolution(file: Self.fileRules, trees: trees(profile), digests: digests)
    }

    private func trees(_ profile: String) -> [FileSource.Place: SourceTree] {
        let state = FilePathText.parent(of: FilePathText.parent(of: directory))
        return [
            .profile: SourceTree(path: "\(path(profile))/files", name: "files/"),
            .secret: SourceTree(
                path: "\(state)/private/os/\(profile)/files", name: "private/os/\(profile)/files/"),
        ]
    }
}
