import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Runs programs on an unpacked tree as the owner of all that is in it: as root, or without root rights in a user namespace
/// where the caller is root and its subordinate users are the others.
///
/// Whatever the tree holds, a program can write only where it has to: all else of this host is read-only to it, and there is
/// no network.
package struct TreeSandbox: Sendable {
    private let tools: any ToolRunner
    private let isRoot: Bool
    /// Of all that is made, in seconds since 1970.
    private let date: Timestamp

    /// Finds out whether it works here. Throws ``MusterError`` `unsupported` when it does not.
    package init(tools: any ToolRunner, date: Timestamp, isRoot: Bool = geteuid() == 0) async throws {
        self.tools = tools
        self.date = date
        self.isRoot = isRoot
        let (probe, words) = try command(["--ro-bind", "/", "/", "--", try path(of: .rm), "--version"])
        let result = try await tools.run(probe, words)
        guard result.exitCode != 0 else { return }
        let said = String(decoding: result.standardError, as: UTF8.self).split(separator: "\n").last.map { ": \($0)" }
        throw MusterError(
            .unsupported, "a tree cannot be worked on here\(said ?? "")",
            advice: isRoot
                ? nil
                : "allow user namespaces, install the package uidmap and give this user a range in /etc/subuid and "
                    + "/etc/subgid, or run the command as root")
    }

    private var environment: [String: String] {
        [
            "SOURCE_DATE_EPOCH": String(date.seconds), "E2FSPROGS_FAKE_TIME": String(date.seconds), "TZ": "UTC",
            "LC_ALL": "C",
        ]
    }

    /// Runs a program of this host.
    ///
    /// - Parameter writable: directories that it may write to.
    /// - Throws: ``MusterError`` `systemFailure` with its last words.
    @discardableResult
    func check(
        _ tool: Tool, _ arguments: [String], writable: [String], doing: String
    ) async throws -> ToolResult {
        var words: [String] = ["--ro-bind", "/", "/"]
        for directory in writable { words += ["--bind", directory, directory] }
        words += ["--", try path(of: tool)]
        words += arguments
        return try await checked(words, doing: doing)
    }

    /// Runs a program of the tree in it.
    ///
    /// - Parameter exchange: a directory that the program finds, and may write to, as `/mnt`.
    package func check(in tree: String, exchange: String, _ command: [String], doing: String) async throws {
        var words: [String] = [
            "--bind", tree, "/", "--tmpfs", "/run", "--tmpfs", "/tmp", "--ro-bind", "/sys", "/sys", "--bind", exchange,
            "/mnt", "--chdir", "/", "--clearenv", "--setenv", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin",
            "--setenv", "HOME", "/root",
        ]
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) { words += ["--setenv", name, value] }
        words.append("--")
        words += command
        try await checked(words, doing: doing)
    }

    /// Removes a tree, which may belong to users of the namespace.
    func remove(_ path: String) async throws {
        guard Files.exists(path) else { return }
        try await check(
            .rm, ["-rf", "--one-file-system", "--", path], writable: [FilePathText.parent(of: path)],
            doing: "removing \(path)")
    }

    @discardableResult
    private func checked(_ words: [String], doing: String) async throws -> ToolResult {
        let (outer, arguments) = try command(words)
        var options = ToolOptions(environment: environment, outputLimit: 64 << 20)
        options.endsWithCaller = true
        return try await tools.check(outer, arguments, options, doing: doing)
    }

    /// The program that is started, and its arguments.
    ///
    /// - Parameter words: the sandbox's; first what becomes its root.
    private func command(_ words: [String]) throws -> (Tool, [String]) {
        // What is mounted first is below what comes behind it.
        var arguments = Array(words.prefix(3)) + Self.surroundings
        for capability in Sandbox.capabilities { arguments += ["--cap-add", capability] }
        arguments += words.dropFirst(3)
        // Root keeps to itself: in a namespace it could make no device nodes.
        let runner = TreeRunner(rights: isRoot ? .root : .userNamespace, tools: tools)
        let (tool, whole) = runner.command(.bubblewrap, arguments)
        return (tool, whole)
    }

    private static let surroundings: [String] = [
        "--dev", "/dev", "--proc", "/proc", "--unshare-ipc", "--unshare-net", "--unshare-pid", "--unshare-uts",
        "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    ]

    private func path(of tool: Tool) throws -> String {
        guard let path = tool.installedPath else {
            throw MusterError(
                .unavailable, "the program \(tool.name) is not installed",
                advice: tool.package.map { "install it: apt-get install \($0)" })
        }
        return path
    }
}
