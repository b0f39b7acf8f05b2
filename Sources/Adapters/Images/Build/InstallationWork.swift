import LinuxSystem
import MusterBase

/// The steps by which a tree is filled from outside.
struct InstallationWork {
    let recipe: Recipe
    let manager: any PackageManager
    let runner: TreeRunner
    /// Holds the tree, as `tree`, and what the package manager was told.
    let temporary: String
    let progress: @Sendable (String) -> Void

    private var tree: String { "\(temporary)/tree" }
    private var sandbox: Sandbox { Sandbox(rights: runner.rights, tree: tree) }
    private var doing: String { "building the image \(recipe.name)" }

    func carryOut(output: String) async throws -> MadeTree {
        for name in ["", "/dev", "/proc", "/sys", "/run", "/tmp"] {
            try Files.createDirectory("\(tree)\(name)", mode: 0o755)
            // Whatever the umask.
            try Files.setMode("\(tree)\(name)", name == "/tmp" ? 0o1777 : 0o755)
        }
        try await importKeys(date: nil)
        try await refresh()
        let date = try manager.date()
        try await importKeys(date: date)
        try await install(date: date)
        let resolver = Self.resolver(in: tree)
        try await layOver(date: date)
        try await runScript(date: date, resolver: resolver)
        let packages =
            manager.usesRPM ? try await RPMDatabase(tree: tree, runner: runner).packages() : nil
        let added = resolver.isNew ? [TreeScan.cleaned(resolver.path)] : []
        try await TreeDirectory(runner: runner, path: tree).pack(
            to: output, without: manager.leftovers + RPMDatabase.leftovers(in: tree) + [BuildFiles.script] + added)
        return MadeTree(date: date, packages: packages, notes: manager.notes)
    }

    /// Makes rpm's database anew with the keys in it: what the first one says of the time is wrong.
    private func importKeys(date: Timestamp?) async throws {
        guard !manager.keys.isEmpty else { return }
        for directory in RPMDatabase.directories { try FileTree.remove("\(tree)/\(directory)") }
        for key in manager.keys {
            do {
                _ = try await beside(
                    .rpm, ["--root", tree, "--dbpath", Zypper.database, "--import", key], date: date)
            } catch let error as MusterError where error.code == .systemFailure {
                throw MusterError(.unavailable, "a key of the package repositories cannot be used", cause: error)
            }
        }
    }

    private func refresh() async throws {
        do {
            _ = try await beside(manager.tool, manager.refreshArguments, date: nil)
        } catch let error as MusterError where error.code == .systemFailure {
            throw MusterError(
                .unavailable, "the package repositories cannot be used",
                advice: "check their addresses, their keys and the proxy settings", cause: error)
        }
    }

    private func install(date: Timestamp) async throws {
        let complaint = SignatureComplaint()
        do {
            _ = try await beside(manager.tool, manager.installArguments, date: date) { line in
                complaint.look(at: line)
                progress(line)
            }
        } catch {
            throw complaint.explain(error, doing: doing)
        }
    }

    private func beside(
        _ tool: Tool, _ arguments: [String], date: Timestamp?, onLine: (@Sendable (String) -> Void)? = nil
    ) async throws -> ToolResult {
        var environment = Self.environment(date: date).merging(manager.environment) { _, own in own }
        environment["HOME"] = temporary
        environment["TMPDIR"] = temporary
        return try await runner.check(
            .bubblewrap, sandbox.beside(writable: temporary, tool, arguments),
            options(environment, onLine: onLine ?? progress), doing: "\(doing) with \(tool.name)")
    }

    /// Puts the recipe's files and its script into the tree.
    private func layOver(date: Timestamp) async throws {
        let files = "\(temporary)/files.tar"
        try Files.write(try BuildFiles.archive(for: recipe, date: date), to: files)
        _ = try await beside(
            .tar,
            [
                "--extract", "--file", files, "--directory", tree, "--numeric-owner", "--same-owner",
                "--preserve-permissions", "--keep-directory-symlink",
            ], date: date)
    }

    private func runScript(date: Timestamp, resolver: (path: String, isNew: Bool)) async throws {
        let surroundings = Sandbox.Surroundings(
            hostName: String(recipe.name.prefix(64)),
            resolver: Files.exists("/etc/resolv.conf") ? resolver.path : nil)
        let program = sandbox.inside(surroundings, ["/bin/sh", "/\(BuildFiles.script)"])
        var options = options(Sandbox.environment(adding: Self.environment(date: date)), onLine: progress)
        options.environmentIsWhole = true
        _ = try await runner.check(.bubblewrap, program, options, doing: "\(doing): the recipe's commands")
    }

    private func options(
        _ environment: [String: String], onLine: @escaping @Sendable (String) -> Void
    ) -> ToolOptions {
        var options = ToolOptions(environment: environment, onOutputLine: onLine)
        options.endsWithCaller = true
        options.gracePeriod = .seconds(30)
        return options
    }

    /// No kernel package is to make an initramfs that no version would hold.
    private static func environment(date: Timestamp?) -> [String: String] {
        var environment = ["LC_ALL": "C.UTF-8", "TZ": "UTC", "KERNEL_INSTALL_BYPASS": "1"]
        if let date { environment["SOURCE_DATE_EPOCH"] = String(date.seconds) }
        return environment
    }

    /// Where programs in a tree look for name servers, and whether there is nothing yet.
    private static func resolver(in tree: String) -> (path: String, isNew: Bool) {
        let path = "/etc/resolv.conf"
        guard let target = Files.linkTarget(tree + path) else { return (path, !Files.exists(tree + path)) }
        return (target.hasPrefix("/") ? target : "/etc/\(target)", false)
    }
}
