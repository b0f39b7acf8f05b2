import Glibc
import LinuxSystem
import MusterAPI
import MusterBase

/// Where a simulation keeps its state: a directory of its own that is removed with it. What a killed one left is removed
/// by the next.
struct SimulationDirectory {
    /// The directory of all runs of this user; or the one that was asked for, which stays.
    private let base: String
    private let isGiven: Bool
    private let context: CommandContext

    /// - Parameter given: nil for a temporary one.
    init(given: String?, context: CommandContext) throws {
        self.context = context
        isGiven = given != nil
        if let given {
            base = given.hasPrefix("/") ? given : "\(context.currentDirectory)/\(given)"
        } else {
            // Not in memory: the database of a real service is on a disk.
            let parent = context.environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/var/tmp"
            base = "\(parent)/muster-simulate-\(getuid())"
        }
    }

    /// Replaces this process by the same command in a network namespace of its own. Returns only to throw.
    func isolate() throws -> Never {
        guard let unshare = Tool.unshare.installedPath else {
            throw MusterError(.unavailable, "unshare is not installed", advice: "install it: apt install util-linux")
        }
        let namespaces = context.isRoot ? ["--net"] : ["--user", "--map-root-user", "--net"]
        try ChildProcess.replace(
            by: unshare,
            namespaces + ["--", "\(context.programDirectory)/muster"] + CommandLine.arguments.dropFirst()
                + ["--isolated", base])
    }

    /// Makes the directory of this run, and removes it after `body`.
    ///
    /// - Parameter base: as it was before the process was isolated, where it had its user's own number.
    func withRun<Result>(in base: String, _ body: (StateDirectory) async throws -> Result) async throws -> Result {
        guard !isGiven else {
            try StateDirectory(path: base).checkLength()
            return try await body(StateDirectory(path: base))
        }
        try Files.createDirectory(base, mode: 0o700)
        try checkOwner(base)
        Self.removeLeftovers(in: base)
        let path = "\(base)/run-\(getpid())"
        try StateDirectory(path: path).checkLength()
        let new = "\(base)/new-\(getpid())"
        try Files.createDirectory(new, mode: 0o700)
        let lock = open(new, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw systemError("cannot lock \(new)") }
        // Locked before it has the name that another run looks for.
        guard rename(new, path) == 0 else { throw systemError("cannot make \(path)") }
        defer {
            try? FileTree.remove(path)
            close(lock)
        }
        return try await body(StateDirectory(path: path))
    }

    /// In a directory that all may write to, somebody else may have made one of that name.
    private func checkOwner(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw systemError("cannot look at \(path)") }
        guard status.st_uid == geteuid(), status.st_mode & S_IFMT == S_IFDIR else {
            throw MusterError(
                .forbidden, "\(path) is not this user's own", advice: "remove it, or give another place with TMPDIR")
        }
    }

    /// Runs whose process has ended hold no lock. It is on the directory itself: one that was removed in part only still
    /// has it.
    private static func removeLeftovers(in base: String) {
        for name in (try? Files.names(in: base)) ?? [] where name.hasPrefix("run-") {
            let lock = open("\(base)/\(name)", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { try? FileTree.remove("\(base)/\(name)") }
            close(lock)
        }
    }
}
