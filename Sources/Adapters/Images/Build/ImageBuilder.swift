import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Builds root trees from recipes with mmdebstrap: without root rights where user namespaces work.
public struct ImageBuilder: Sendable {
    let stateDirectory: String
    let tools: any ToolRunner
    /// Where this host keeps its package repositories' addresses.
    let aptDirectory: String
    /// For what mmdebstrap needs while it builds: about 2 GB.
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

    private static var standardTemporaryDirectory: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    }

    /// Builds the tree of a recipe, in the place of an older one; that one stays when the build fails.
    ///
    /// - Parameters:
    ///   - mirrors: Addresses of package repositories to use in the place of the recipe's and the host's.
    ///   - progress: Called with each line that the build prints.
    /// - Throws: ``MusterError``: `unavailable` when a repository does not answer, `systemFailure` with the build's last
    ///   words, `exhausted` when the disk is full, `conflict` when this image is being built or packed already.
    public func build(
        _ recipe: Recipe, mirrors: [String] = [], progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws {
        let directory = BuiltTree.directory(stateDirectory: stateDirectory, name: recipe.name)
        try Files.createDirectory("\(stateDirectory)/private", mode: 0o700)
        try Files.createDirectory(directory, mode: 0o755)
        let lock = try DirectoryLock(directory, doing: "building or packing the image \(recipe.name)")
        defer { lock.release() }
        let sources = recipe.sources(overriding: mirrors, host: HostAptSources.read(directory: aptDirectory))
        progress("package repositories: \(sources.map { "\($0.uri) \($0.suite)" }.joined(separator: ", "))")
        for path in try await BuildWorkspace.removeLeftovers(in: directory, tools: tools) {
            progress("what an earlier build left cannot be removed: \(path)")
        }
        let workspace = try BuildWorkspace(in: directory, temporaryDirectory: temporaryDirectory)
        do {
            let date = try await makeTree(recipe, sources: sources, workspace: workspace, progress: progress)
            try publish(recipe, sources: sources, date: date, workspace: workspace, directory: directory)
        } catch {
            await workspace.remove(tools: tools)
            throw error
        }
        await workspace.remove(tools: tools)
    }

    /// - Returns: the date of the repositories.
    private func makeTree(
        _ recipe: Recipe, sources: [AptSource], workspace: BuildWorkspace,
        progress: @escaping @Sendable (String) -> Void
    ) async throws -> Timestamp {
        let date = try await ReleaseDate(tools: tools, workDirectory: workspace.directory).newest(of: sources)
        let files = "\(workspace.directory)/files.tar"
        try Files.write(try BuildFiles.archive(for: recipe, date: date), to: files)
        let arguments = Self.arguments(
            for: recipe, sources: sources, mode: try await mode(), files: files, output: Self.output(workspace))
        try await run(arguments, date: date, recipe: recipe, workspace: workspace, progress: progress)
        return date
    }

    private static func output(_ workspace: BuildWorkspace) -> String { "\(workspace.directory)/tree.partial.tar" }

    private func publish(
        _ recipe: Recipe, sources: [AptSource], date: Timestamp, workspace: BuildWorkspace, directory: String
    ) throws {
        // Without its description the tree counts as not built, so a death between these leaves nothing half.
        try Files.remove("\(directory)/build.json")
        guard rename(Self.output(workspace), "\(directory)/tree.tar") == 0 else {
            throw systemError("cannot put the new tree in its place in \(directory)")
        }
        try BuiltTree(
            name: recipe.name, recipeDigest: recipe.digest, distribution: recipe.distribution, suite: recipe.suite,
            architecture: recipe.architecture.machine, created: date, sources: sources.map(\.line)
        ).write(directory: directory)
    }

    private func run(
        _ arguments: [String], date: Timestamp, recipe: Recipe, workspace: BuildWorkspace,
        progress: @escaping @Sendable (String) -> Void
    ) async throws {
        var options = ToolOptions(environment: Self.environment(date: date), onOutputLine: progress)
        options.environment["TMPDIR"] = workspace.temporary
        options.endsWithCaller = true
        options.gracePeriod = .seconds(30)
        do {
            _ = try await tools.check(.mmdebstrap, arguments, options, doing: "building the image \(recipe.name)")
        } catch let error as MusterError where error.message.contains("No space left on device") {
            throw MusterError(
                .exhausted, "building the image \(recipe.name): the disk is full",
                advice: "the build needs about 2 GB in \(temporaryDirectory) and in \(stateDirectory)",
                cause: error)
        }
    }

    /// INITRD=No keeps Debian's kernel packages from making an initramfs that no version would hold.
    static func environment(date: Timestamp) -> [String: String] {
        ["SOURCE_DATE_EPOCH": String(date.seconds), "INITRD": "No", "LC_ALL": "C.UTF-8", "TZ": "UTC"]
    }

    static func arguments(
        for recipe: Recipe, sources: [AptSource], mode: String, files: String, output: String
    ) -> [String] {
        var packages = recipe.packages + [recipe.kernel]
        if recipe.locale != "C.UTF-8" { packages.append("locales") }
        var arguments = [
            "--mode=\(mode)", "--variant=minbase", "--format=tar", "--architectures=\(recipe.architecture.rawValue)",
            "--components=\(recipe.components.joined(separator: ","))", "--include=\(packages.joined(separator: ","))",
            "--aptopt=Acquire::Languages \"none\"", "--aptopt=Acquire::Retries \"3\"",
            "--dpkgopt=force-unsafe-io",
        ]
        if !recipe.documentation {
            arguments += [
                "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/info/*",
                "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
                "--dpkgopt=path-exclude=/usr/share/locale/*",
                "--dpkgopt=path-include=/usr/share/locale/locale.alias",
            ]
        }
        // Hooks are lines by nature: these are constant but for one path, which is quoted as mmdebstrap reads it.
        let quoted = files.map { "\\\"' $`".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        arguments += [
            "--customize-hook=tar-in \(quoted) /",
            "--customize-hook=chroot \"$1\" /\(BuildFiles.script)",
            "--customize-hook=rm \"$1\"/\(BuildFiles.script)",
            // A tree that is thrown away when the build fails needs no fsync; the system that comes of it does.
            "--customize-hook=sed -i /^force-unsafe-io$/d \"$1\"/etc/dpkg/dpkg.cfg.d/99mmdebstrap",
        ]
        return arguments + [recipe.suite, output] + sources.map(\.line)
    }

    /// `unshare` where user namespaces work, else `root` for root.
    private func mode() async throws -> String {
        let probe = try await tools.run(.unshare, ["--user", "--map-root-user", "--mount", "true"])
        if probe.exitCode == 0 { return "unshare" }
        guard geteuid() == 0 else {
            throw MusterError(
                .unsupported, "images cannot be built without root here: user namespaces are not usable",
                advice: "allow them (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces), "
                    + "or run the build as root")
        }
        return "root"
    }
}
