import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Whose the state directory is. Root works in it for the service's user, who has to be able to read what root made.
enum Ownership {
    /// The user that the service runs as under systemd.
    private static let serviceUser = "muster"

    /// Gives all that root owns in the directory to the service's user; nothing when there is no such user, or when
    /// this
    /// process is not root's.
    static func settle(_ state: StateDirectory) throws {
        guard geteuid() == 0, state.isStandard, let user = getpwnam(serviceUser) else { return }
        try give(state.path, to: user.pointee.pw_uid, user.pointee.pw_gid)
    }

    private static func give(_ path: String, to user: uid_t, _ group: gid_t) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_uid == 0, lchown(path, user, group) != 0 {
            throw systemError("cannot give \(path) to \(serviceUser)")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return }
        for name in try Files.names(in: path) { try give("\(path)/\(name)", to: user, group) }
    }
}
