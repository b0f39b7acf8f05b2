import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Brings a finished directory into sight.
enum DirectoryRename {
    /// Throws ``MusterError`` `alreadyExists` when something is there already; it is left as it is then.
    static func rename(_ source: String, to target: String) throws {
        guard Glibc.rename(source, target) != 0 else { return try AtomicFile.syncDirectory(of: target) }
        let error = KernelError.last
        if error.number == EEXIST || error.number == ENOTEMPTY || error.number == ENOTDIR {
            throw MusterError(.alreadyExists, "\(target) is there already")
        }
        throw systemError("cannot put \(target) in its place", error)
    }
}
