import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Files {
    /// Gives a file a name that nothing has yet.
    ///
    /// - Throws: ``MusterError`` `alreadyExists` when something has it, which stays as it is.
    public static func rename(_ path: String, toNew name: String) throws {
        guard muster_rename_new(path, name) != 0 else { return }
        var error = KernelError.last
        // NFS and others cannot do that, but a second name they give only where there is none.
        if error.number == EINVAL || error.number == ENOSYS {
            if Glibc.link(path, name) == 0 { return try remove(path) }
            error = KernelError.last
        }
        guard error.number == EEXIST else { throw systemError("cannot give \(path) the name \(name)", error) }
        throw MusterError(.alreadyExists, "\(name) is there already")
    }
}
