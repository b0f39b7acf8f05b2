import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that comes into being under a name of its own, beside where it is to be.
struct PartialFile: Sendable {
    let path: String
    /// For a tree that is made of it: it goes with the file, also that of a run that was killed.
    var treePath: String { path + Self.treeSuffix }
    private let final: String
    private let lock: FileLock

    private static let treeSuffix = ".tree"

    /// Removes what killed runs left of the same file; of runs that are still at work nothing is touched.
    init(for path: String) throws {
        final = path
        let directory = FilePathText.parent(of: path)
        guard Files.isDirectory(directory) else {
            throw MusterError(
                .notFound, "there is no directory \(directory) for \(FilePathText.lastComponent(of: path))")
        }
        let prefix = ".\(FilePathText.lastComponent(of: path)).partial-"
        for name in try Files.names(in: directory) where name.hasPrefix(prefix) && !name.hasSuffix(Self.treeSuffix) {
            guard let lock = try? FileLock("\(directory)/\(name)", doing: "making this file") else { continue }
            try removeTree("\(directory)/\(name)\(Self.treeSuffix)")
            try Files.remove("\(directory)/\(name)")
            lock.release()
        }
        self.path = "\(directory)/\(prefix)\(hexText(try KernelRandom.bytes(8)))"
        lock = try FileLock(self.path, doing: "making this file")
    }

    /// Gives the file its name, readable as the umask has it, when its content is on the disk.
    func finish() throws {
        try FileSync.bringToDisk(path)
        let mask = umask(0o022)
        umask(mask)
        try Files.setMode(path, UInt16(0o666 & ~mask))
        guard rename(path, final) == 0 else { throw systemError("cannot put the new file at \(final)") }
        try AtomicFile.syncDirectory(of: final)
    }

    /// Takes away what has not got its name.
    func abandon() { try? Files.remove(path) }
}
