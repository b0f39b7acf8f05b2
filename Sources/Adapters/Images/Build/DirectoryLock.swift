import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Keeps two processes from working in the same directory. The kernel lets go of it when the process dies.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Parameter isShared: others may have it at the same time, as long as they share it, too.
    /// - Throws: ``MusterError`` `conflict` when another process has it.
    init(_ directory: String, doing: String, isShared: Bool = false) throws {
        let path = "\(directory)/.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot open \(path)") }
        guard flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
            let error = KernelError.last
            throw error.number == EWOULDBLOCK
                ? MusterError(.conflict, "another process is \(doing)", advice: "wait until it is done")
                : systemError("cannot lock \(path)", error)
        }
    }

    /// Lets go; also done when the last reference goes.
    func release() { flock(descriptor, LOCK_UN) }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
