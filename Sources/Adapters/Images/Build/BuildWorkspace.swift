import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where one run of a build writes: names that no other run has, so that nothing which is left of a killed one writes to
/// the same files; and one place to look for what it left.
struct BuildWorkspace {
    /// Within the image's build directory: what Muster itself writes, and the new tree.
    let directory: String
    /// mmdebstrap's TMPDIR, or what holds the tree as a directory. Not within the state directory, whose `private` the
    /// user namespace of mmdebstrap cannot enter.
    let temporary: String
    private let note: String

    static let prefix = ".building-"
    private static let temporaryPrefix = "muster-build-"
    /// In the build directory: the path of a run's directory for temporary files.
    private static let notePrefix = ".temporary"

    /// Makes both directories. The one for temporary files is noted down before it is made.
    ///
    /// - Parameter isOpen: Whether other users may look into the one for temporary files. What is in there may be
    ///   setuid, and older than the host's own.
    init(in buildDirectory: String, temporaryDirectory: String, isOpen: Bool = false) throws {
        let name = hexText(try KernelRandom.bytes(8))
        directory = "\(buildDirectory)/\(Self.prefix)\(name)"
        temporary = "\(temporaryDirectory)/\(Self.temporaryPrefix)\(name)"
        note = "\(buildDirectory)/\(Self.notePrefix)-\(name)"
        try AtomicFile.write(Array(temporary.utf8), to: note, mode: 0o600)
        try Files.createDirectory(directory, mode: 0o755)
        // By itself, since what is there already is somebody else's.
        guard mkdir(temporary, 0o700) == 0 else { throw systemError("cannot create the directory \(temporary)") }
        // Whatever the umask: the users of mmdebstrap's namespace go through it.
        if isOpen { try Files.setMode(temporary, 0o755) }
    }

    /// Removes both when the work is over, as far as mmdebstrap has not done so.
    func remove(tools: any ToolRunner) async {
        try? FileTree.remove(directory)
        guard await Self.removeTemporary(temporary, tools: tools) else { return }
        try? Files.remove(note)
    }

    /// Removes what killed runs left. To be called with the build directory's lock.
    ///
    /// - Returns: the paths of what could not be removed; it stays noted, for the next.
    static func removeLeftovers(in buildDirectory: String, tools: any ToolRunner) async throws -> [String] {
        for name in try Files.names(in: buildDirectory) where name.hasPrefix(prefix) {
            try FileTree.remove("\(buildDirectory)/\(name)")
        }
        var left: [String] = []
        for name in try Files.names(in: buildDirectory) where name.hasPrefix(notePrefix) {
            let path = try Files.readText("\(buildDirectory)/\(name)", limit: 4096)
            if await removeTemporary(path, tools: tools) {
                try Files.remove("\(buildDirectory)/\(name)")
            } else {
                left.append(path)
            }
        }
        return left
    }

    /// Removes a directory that ``init(in:temporaryDirectory:)`` made; true when it is gone.
    private static func removeTemporary(_ path: String, tools: any ToolRunner) async -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT }
        // Others may make directories there too.
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
            FilePathText.lastComponent(of: path).hasPrefix(temporaryPrefix)
        else { return false }
        if (try? FileTree.remove(path)) != nil { return true }
        // Without root, the tree's files belong to users of the namespace: it alone may remove them.
        let left = ((try? Files.names(in: path)) ?? []).map { "\(path)/\($0)" }
        let removal = ["-rf", "--one-file-system", "--"] + left
        if let command = try? await TreeRunner.find(tools).command(.rm, removal) {
            _ = try? await tools.run(command.tool, command.arguments)
            if (try? FileTree.remove(path)) != nil { return true }
        }
        _ = try? await tools.run(.mmdebstrap, ["--unshare-helper", "rm"] + removal)
        return (try? FileTree.remove(path)) != nil
    }
}
