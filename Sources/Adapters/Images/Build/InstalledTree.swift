import LinuxSystem
import MusterBase

/// Trees that a package manager of this host fills from outside: dnf, zypper and apk. Its programs see this host
/// read-only, and those of the packages see the tree alone.
struct InstalledTree: TreeMaker {
    let recipe: Recipe
    let repositories: [Recipe.Repository]
    let tools: any ToolRunner

    var sources: [String] { repositories.map(\.address.text) }

    func make(
        in workspace: BuildWorkspace, output: String, progress: @escaping @Sendable (String) -> Void
    ) async throws -> MadeTree {
        let manager = try manager(in: workspace.temporary)
        // Each says by itself what to install when it is missing.
        for tool in [.bubblewrap, manager.tool] + (manager.usesRPM ? [.rpm] : []) {
            _ = try await tools.check(tool, ["--version"], doing: "looking for \(tool.name)")
        }
        let runner = try await TreeRunner.find(tools)
        let work = InstallationWork(
            recipe: recipe, manager: manager, runner: runner, temporary: workspace.temporary, progress: progress)
        return try await work.carryOut(output: output)
    }

    private func manager(in directory: String) throws -> any PackageManager {
        switch recipe.distribution.family {
        case .zypper: try Zypper(recipe: recipe, repositories: repositories, directory: directory)
        case .apk: try APK(recipe: recipe, repositories: repositories, directory: directory)
        case .dnf, .apt: try DNF(recipe: recipe, repositories: repositories, directory: directory)
        }
    }
}

/// A program that installs packages into a tree from outside.
protocol PackageManager: Sendable {
    var tool: Tool { get }
    /// Added to its environment.
    var environment: [String: String] { get }
    /// Public keys, as paths or addresses, that rpm has to be given before, as the program does not do so by itself.
    var keys: [String] { get }
    /// Fetches the indexes of the repositories into the tree.
    var refreshArguments: [String] { get }
    var installArguments: [String] { get }
    /// The date of the repositories, from the indexes that were fetched.
    func date() throws -> Timestamp
    /// Whether rpm keeps the list of packages.
    var usesRPM: Bool { get }
    /// What it leaves in the tree and does not belong there; paths with `*`.
    var leftovers: [String] { get }
    /// What whoever builds should know of the tree that was filled, a sentence each.
    var notes: [String] { get }
}

extension PackageManager {
    var keys: [String] { [] }
    var notes: [String] { [] }
}

extension Recipe.Repository.Address {
    var text: String {
        switch self {
        case .base(let uri), .mirrorList(let uri), .metalink(let uri): uri
        }
    }
}

extension Recipe {
    /// The repositories to build from: those of the command line, whose packages have to be signed by one of the
    /// recipe's keys, else those of the recipe.
    package func repositories(overriding uris: [String]) -> [Repository] {
        guard !uris.isEmpty else { return repositories }
        var keys: [Key] = []
        for key in repositories.flatMap(\.keys) where !keys.contains(key) { keys.append(key) }
        let isIndexSigned = repositories.contains { $0.isIndexSigned }
        return uris.enumerated().map { index, uri in
            Repository(name: "mirror-\(index + 1)", address: .base(uri), keys: keys, isIndexSigned: isIndexSigned)
        }
    }
}
