import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One command in one tree: out of the archive, through the command, and into an archive again.
struct TreeWork {
    let built: BuiltTree
    /// The build directory of the image, locked by the caller.
    let directory: String
    let workspace: BuildWorkspace
    let runner: TreeRunner
    let foreground: ImageExecutor.Foreground
    let clock: WallClock
    let progress: @Sendable (String?, Double) -> Void

    private var tree: TreeDirectory { TreeDirectory(runner: runner, path: "\(workspace.temporary)/tree") }

    func carryOut(_ request: ImageExecutor.Request) async throws -> ImageExecutor.Result {
        let archive = built.archivePath(directory: directory)
        let old = try TreeArchive(archive)
        progress("unpacking the tree of \(built.name)", 0)
        try await tree.unpack(archive, index: old, list: "\(workspace.directory)/devices")
        progress(nil, 1)
        let command = request.command.isEmpty ? [Self.shell(of: old)] : request.command
        let exitCode = try await run(command, request, old)
        // A command that took the signal for a reason to end well was interrupted all the same.
        try Task.checkCancellation()
        guard !request.discards, exitCode == 0 || request.keepsFailed else {
            return ImageExecutor.Result(exitCode: exitCode, outcome: .discarded)
        }
        progress("packing the tree of \(built.name)", 0)
        let outcome = try await keep(old, command, exitCode: exitCode, binds: request.binds)
        progress(nil, 1)
        return ImageExecutor.Result(exitCode: exitCode, outcome: outcome)
    }

    private static func shell(of tree: TreeArchive) -> String {
        tree.entry("bin/bash") == nil ? "/bin/sh" : "/bin/bash"
    }

    private func run(
        _ command: [String], _ request: ImageExecutor.Request, _ old: TreeArchive
    ) async throws -> Int32 {
        var environment = Sandbox.environment(adding: request.environment)
        // What was typed is no part of an image.
        if request.command.isEmpty { environment["HISTFILE"] = "/dev/null" }
        let surroundings = Sandbox.Surroundings(
            hostName: String(built.name.prefix(64)), resolver: Self.resolver(in: old), binds: request.binds,
            workingDirectory: old.entry("root") == nil ? "/" : "/root",
            hasTerminal: request.hasTerminal)
        let sandbox = Sandbox(rights: runner.rights, tree: tree.path)
        let program = runner.command(.bubblewrap, sandbox.inside(surroundings, command))
        return try await foreground(program.tool, program.arguments, environment)
    }

    /// Where programs in the tree look for name servers, links followed: `/run/systemd/resolve/stub-resolv.conf` where
    /// systemd-resolved rules.
    static func resolver(in tree: TreeArchive) -> String? {
        guard Files.exists("/etc/resolv.conf") else { return nil }
        return tree.resolve("etc/resolv.conf").map { "/\($0)" }
    }

    private func keep(
        _ old: TreeArchive, _ command: [String], exitCode: Int32, binds: [BindMount]
    ) async throws -> ImageExecutor.Outcome {
        // bwrap makes an empty file or directory to mount on where there is none.
        let added = (binds.map(\.target) + (Self.resolver(in: old).map { [$0] } ?? []))
            .compactMap { Self.firstMissing(of: $0, in: old) }
            .filter { !$0.hasPrefix("run/") && !$0.hasPrefix("tmp/") }
        let partial = "\(workspace.directory)/tree.partial.tar"
        try await tree.pack(to: partial, without: added.map(Self.escaped))
        try TreeDirectory.restoreDevices(of: old, in: partial)
        if try TreeComparison(old: old, new: try TreeArchive(partial)).isSame() { return .unchanged }
        var changed = built
        if built.packages != nil {
            changed.packages = try await RPMDatabase(tree: tree.path, runner: runner).packages()
        }
        changed.changes = (built.changes ?? []) + [.init(command: command, time: clock.now(), exitCode: exitCode)]
        try Task.checkCancellation()
        try changed.publish(partial, directory: directory)
        return .changed
    }

    /// The uppermost directory on the way to a path, or the path itself, that a tree does not have.
    private static func firstMissing(of path: String, in tree: TreeArchive) -> String? {
        guard let path = tree.resolve(path) else { return nil }
        var here = ""
        for part in TreeName.names(on: path).map(\.text) {
            here += here.isEmpty ? part : "/\(part)"
            // Archives do not name all directories.
            let below = "\(here)/".utf8
            if tree.entry(at: here) == nil, !tree.entries.contains(where: { $0.path.utf8.starts(with: below) }) {
                return here
            }
        }
        return nil
    }

    /// As a pattern that matches only this path.
    private static func escaped(_ path: String) -> String {
        path.map { "*?[\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }
}

/// The processes of a sandbox, as this host numbers them.
enum SandboxProcess {
    /// The command that a bwrap process runs: bwrap's only child is process 1 in there, whose first child is the command.
    /// The process itself while there is none.
    static func command(of process: Int32) -> Int32 {
        child(of: process).flatMap(child) ?? process
    }

    private static func child(of process: Int32) -> Int32? {
        let text = try? Files.readText("/proc/\(process)/task/\(process)/children", limit: 1 << 16)
        return text?.split(separator: " ").first.flatMap { Int32($0) }
    }
}
