import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Whole directory trees.
///
/// All is done by open directories, never by paths: who may write to a tree cannot lead what is removed elsewhere.
public enum FileTree {
    /// Removes a file or a directory with all that is in it; it is no error when there is none. Symbolic links are
    /// removed, not followed; other file systems that are mounted below are not entered and make it fail.
    public static func remove(_ path: String) throws {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if directory < 0 {
            // Of a directory that cannot be opened it shows below whether it is empty.
            if errno == ENOENT { return }
            if errno == ENOTDIR || errno == ELOOP { return try Files.remove(path) }
        } else {
            empty(directory, device: nil)
        }
        guard rmdir(path) == 0 else { throw systemError("cannot remove \(path)") }
    }

    /// Removes all that is in a directory, as far as it can be removed, within its own file system.
    public static func empty(_ path: String) throws {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw systemError("cannot open the directory \(path)") }
        empty(directory, device: nil)
    }

    /// Closes the descriptor.
    ///
    /// - Parameter device: of the file system to stay in; nil for that of the directory.
    private static func empty(_ directory: CInt, device: dev_t?) {
        var own = stat()
        guard fstat(directory, &own) == 0, own.st_dev == device ?? own.st_dev, let stream = fdopendir(directory) else {
            close(directory)
            return
        }
        defer { closedir(stream) }
        for name in names(in: stream) {
            var status = stat()
            guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_dev == own.st_dev else {
                continue
            }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                unlinkat(directory, name, 0)
                continue
            }
            let below = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            if below >= 0 { empty(below, device: own.st_dev) }
            unlinkat(directory, name, AT_REMOVEDIR)
        }
    }

    /// As the kernel has them, with the zero at their end: they need not be UTF-8.
    private static func names(in stream: OpaquePointer) -> [[CChar]] {
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    Array(UnsafeBufferPointer(start: text, count: strlen(text) + 1))
                }
            }
            let dot = CChar(bitPattern: UInt8(ascii: "."))
            if name != [dot, 0], name != [dot, dot, 0] { names.append(name) }
        }
        return names
    }
}
