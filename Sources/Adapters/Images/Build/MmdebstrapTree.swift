import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Trees of Debian and Ubuntu, made by mmdebstrap.
struct MmdebstrapTree: TreeMaker {
    let recipe: Recipe
    let repositories: [AptSource]
    let tools: any ToolRunner

    var sources: [String] { repositories.map(\.line) }

    func make(
        in workspace: BuildWorkspace, output: String, progress: @escaping @Sendable (String) -> Void
    ) async throws -> MadeTree {
        let date = try await ReleaseDate(tools: tools, workDirectory: workspace.directory).newest(of: repositories)
        let files = "\(workspace.directory)/files.tar"
        try Files.write(try BuildFiles.archive(for: recipe, date: date), to: files)
        var arguments = Self.arguments(
            for: recipe, sources: repositories, mode: try await mode(), files: files, output: output)
        arguments.insert(contentsOf: try keyrings(in: workspace), at: 0)
        var options = ToolOptions(environment: Self.environment(date: date), onOutputLine: progress)
        options.environment["TMPDIR"] = workspace.temporary
        options.endsWithCaller = true
        options.gracePeriod = .seconds(30)
        _ = try await tools.check(.mmdebstrap, arguments, options, doing: "building the image \(recipe.name)")
        return MadeTree(date: date)
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
        return arguments + [recipe.release, output] + sources.map(\.line)
    }

    /// Whom apt is to trust besides, or in the place of, those whom it trusts on this host: the recipe's keys, and the
    /// distribution's own where this host is of another one.
    private func keyrings(in workspace: BuildWorkspace) throws -> [String] {
        let keys = recipe.mirrors.flatMap(\.keys)
        let own = "/usr/share/keyrings/\(recipe.distribution.rawValue)-archive-keyring.gpg"
        let release = (try? Files.readText("/etc/os-release", limit: 1 << 16)).map(OSRelease.parse) ?? [:]
        let isForeign = release["ID"] != recipe.distribution.rawValue
        var arguments: [String] = []
        if isForeign || !keys.isEmpty, Files.exists(own) { arguments.append("--keyring=\(own)") }
        if !keys.isEmpty {
            let directory = "\(workspace.temporary)/keys"
            _ = try Recipe.Key.write(keys, to: directory)
            arguments.append("--keyring=\(directory)")
        }
        return arguments
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
