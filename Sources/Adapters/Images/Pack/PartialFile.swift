import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that comes into being under a name of its own, beside where it is to be.
package struct PartialFile: Sendable {
    package let path: String
    /// For a tree that is made of it: it goes with the file, also that of a run that was killed.
    var treePath: String { path + Self.treeSuffix }
    private let final: String
    private let lock: FileLock

    private static let treeSuffix = ".tree"

    /// Removes what this user's killed runs left of the same file, as far as it can be removed; of runs that are still
    /// at work, and of others, nothing is touched.
    package init(for path: String) throws {
        final = path
        let directory = FilePathText.parent(of: path)
        guard Files.isDirectory(directory) else {
            throw MusterError(
                .notFound, "there is no directory \(directory) for \(FilePathText.lastComponent(of: path))")
        }
        let prefix = ".\(FilePathText.lastComponent(of: path)).partial-"
        for name in (try? Files.names(in: directory)) ?? []
        where name.hasPrefix(prefix) && !name.hasSuffix(Self.treeSuffix) {
            try? Self.removeLeftover("\(directory)/\(name)")
        }
        self.path = "\(directory)/\(prefix)\(hexText(try KernelRandom.bytes(8)))"
        lock = try FileLock(self.path, doing: "making this file")
    }

    /// In a directory that others may write to, a name says nothing of whose file it is.
    private static func removeLeftover(_ path: String) throws {
        let lock = try FileLock(own: path, doing: "making this file")
        defer { lock.release() }
        var status = stat()
        if lstat(path + treeSuffix, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else { return }
            try FileTree.remove(path + treeSuffix)
        }
        try Files.remove(path)
    }

    static func alreadyThere(_ path: String) -> MusterError {
        MusterError(
            .alreadyExists, "\(path) is there already", advice: "name another file, or replace it with --force")
    }

    /// Gives the file its name, readable as the umask has it, when its content is on the disk.
    ///
    /// - Parameter isForced: It takes the place of a file that has the name, also of one that came meanwhile.
    /// - Throws: ``MusterError`` `alreadyExists`.
    package func finish(isForced: Bool) throws {
        try FileSync.bringToDisk(path)
        let mask = umask(0o022)
        umask(mask)
        try Files.setMode(path, UInt16(0o666 & ~mask))
        if isForced {
            guard rename(path, final) == 0 else { throw systemError("cannot put the new file at \(final)") }
        } else {
            do {
                try Files.rename(path, toNew: final)
            } catch let error as MusterError where error.code == .alreadyExists {
                throw Self.alreadyThere(final)
            }
        }
        try AtomicFile.syncDirectory(of: final)
    }

    /// Takes away what has not got its name.
    package func abandon() { try? Files.remove(path) }
}
