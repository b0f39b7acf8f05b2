import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Whole directory trees.
public enum FileTree {
    /// Removes a file or a directory with all that is in it; it is no error when there is none. Symbolic links are
    /// removed, not followed; other file systems that are mounted below are not entered and make it fail.
    public static func remove(_ path: String) throws {
        var top = stat()
        guard lstat(path, &top) == 0 else {
            if errno == ENOENT { return }
            throw systemError("cannot look at \(path)")
        }
        guard top.st_mode & S_IFMT == S_IFDIR else { return try Files.remove(path) }
        empty(path, device: top.st_dev)
        guard rmdir(path) == 0 else { throw systemError("cannot remove \(path)") }
    }

    /// Removes all that is in a directory, as far as it can be removed, within its own file system.
    public static func empty(_ path: String) throws {
        var top = stat()
        guard lstat(path, &top) == 0 else { throw systemError("cannot look at \(path)") }
        empty(path, device: top.st_dev)
    }

    private static func empty(_ directory: String, device: dev_t) {
        for entry in (try? Files.entries(in: directory)) ?? [] {
            let path = (directory == "/" ? "" : directory) + "/" + entry.name
            var status = stat()
            guard lstat(path, &status) == 0, status.st_dev == device else { continue }
            if entry.isDirectory {
                empty(path, device: device)
                rmdir(path)
            } else {
                unlink(path)
            }
        }
    }
}
