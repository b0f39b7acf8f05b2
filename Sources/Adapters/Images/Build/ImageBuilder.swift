import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Builds root trees from recipes with the package managers of their distributions: without root rights where user
/// namespaces work.
public struct ImageBuilder: Sendable {
    let stateDirectory: String
    let tools: any ToolRunner
    /// Where this host keeps its package repositories' addresses.
    let aptDirectory: String
    /// For what is needed while a tree is built: about 2 GB.
    let temporaryDirectory: String

    /// - Parameter temporaryDirectory: nil for `$TMPDIR`, or `/tmp` when that is no absolute path.
    public init(
        stateDirectory: String, tools: any ToolRunner, aptDirectory: String = "/etc/apt",
        temporaryDirectory: String? = nil
    ) {
        self.stateDirectory = stateDirectory
        self.tools = tools
        self.aptDirectory = aptDirectory
        self.temporaryDirectory = temporaryDirectory ?? Self.standardTemporaryDirectory
    }

    static var standardTemporaryDirectory: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    }

    /// Builds the tree of a recipe, in the place of an older one; that one stays when the build fails.
    ///
    /// - Parameters:
    ///   - mirrors: Addresses of package repositories to use in the place of the recipe's and the host's.
    ///   - progress: Called with each line that the build prints.
    /// - Returns: What whoever builds should know, a sentence each.
    /// - Throws: ``MusterError``: `unavailable` when a repository does not answer, `systemFailure` with the build's last
    ///   words, `exhausted` when the disk is full, `conflict` when this image is being built or packed already.
    @discardableResult
    public func build(
        _ recipe: Recipe, mirrors: [String] = [], progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> [String] {
        let (directory, lock) = try BuiltTree.lock(stateDirectory: stateDirectory, name: recipe.name)
        defer { lock.release() }
        let maker = maker(of: recipe, mirrors: mirrors)
        progress("package repositories: \(maker.sources.joined(separator: ", "))")
        for path in try await BuildWorkspace.removeLeftovers(in: directory, tools: tools) {
            progress("what an earlier build left cannot be removed: \(path)")
        }
        let workspace = try BuildWorkspace(
            in: directory, temporaryDirectory: temporaryDirectory, isOpen: recipe.distribution.family == .apt)
        do {
            let output = "\(workspace.directory)/tree.partial.tar"
            let made = try await maker.make(in: workspace, output: output, progress: progress)
            try publish(recipe, made, sources: maker.sources, output: output, directory: directory)
            await clear(workspace)
            return made.notes
        } catch {
            await clear(workspace)
            throw explain(error, recipe)
        }
    }

    /// Also when the task was cancelled: no program could be run by it any more.
    private func clear(_ workspace: BuildWorkspace) async { await Task { await workspace.remove(tools: tools) }.value }

    private func maker(of recipe: Recipe, mirrors: [String]) -> any TreeMaker {
        switch recipe.distribution.family {
        case .apt:
            MmdebstrapTree(
                recipe: recipe,
                repositories: recipe.sources(overriding: mirrors, host: HostAptSources.read(directory: aptDirectory)),
                tools: tools)
        case .dnf, .zypper, .apk:
            InstalledTree(recipe: recipe, repositories: recipe.repositories(overriding: mirrors), tools: tools)
        }
    }

    private func publish(
        _ recipe: Recipe, _ made: MadeTree, sources: [String], output: String, directory: String
    ) throws {
        try BuiltTree(
            name: recipe.name, recipeDigest: recipe.digest, distribution: recipe.distribution.rawValue,
            suite: recipe.release, architecture: recipe.architecture.machine, created: made.date, sources: sources,
            packages: made.packages
        ).publish(output, directory: directory)
    }

    private func explain(_ error: any Error, _ recipe: Recipe) -> any Error {
        guard let known = error as? MusterError, known.message.contains("No space left on device") else { return error }
        return MusterError(
            .exhausted, "building the image \(recipe.name): the disk is full",
            advice: "the build needs about 2 GB in \(temporaryDirectory) and in \(stateDirectory)", cause: known)
    }
}
