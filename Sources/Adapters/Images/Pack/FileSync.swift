import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What has to be true of a file on the disk before others may see it.
enum FileSync {
    /// Returns when the file's content is on the disk.
    static func bringToDisk(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("cannot bring \(path) to the disk") }
    }

    /// Lets everyone read a file, or a directory, whatever the umask of the person who packs: musterd is somebody else.
    static func makePublic(_ path: String) throws {
        guard chmod(path, Files.isDirectory(path) ? 0o755 : 0o644) == 0 else {
            throw systemError("cannot set the mode of \(path)")
        }
    }

    /// Lengthens a file with zeros.
    static func fillUp(_ path: String, toMultipleOf unit: Int64) throws {
        guard let size = Files.size(path) else { throw systemError("cannot look at \(path)") }
        guard truncate(path, off_t((size + unit - 1) / unit * unit)) == 0 else {
            throw systemError("cannot lengthen \(path)")
        }
    }
}
