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

    /// Gives what root owns in the directory to the service's user; nothing when there is no such user, or when this
    /// process is not root's.
    ///
    /// - Throws: ``MusterError`` with code `conflict` when something of root's in it is not to be given away; all else
    ///   was given then.
    static func settle(_ state: StateDirectory) throws {
        guard geteuid() == 0, state.isStandard, let user = getpwnam(serviceUser)?.pointee else { return }
        // Media stay root's: the service only reads them, and files of media have several names.
        let media = FilePathText.lastComponent(of: state.mediaDirectory)
        let plan = try OwnershipWalk(state.path, from: 0, to: user.pw_uid, user.pw_gid, keeping: [media]).give()
        guard !plan.refused.isEmpty else { return }
        let shown = plan.refused.prefix(3).map(\.description).joined(separator: "; ")
        let more = plan.refused.count > 3 ? "; and \(plan.refused.count - 3) more" : ""
        throw MusterError(
            .conflict, "not all that root owns in \(state) was given to \(serviceUser): \(shown)\(more)",
            advice: "find out who made it, and remove it: nothing of Muster's is so")
    }
}
