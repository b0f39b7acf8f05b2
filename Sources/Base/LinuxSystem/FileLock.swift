import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Keeps two processes from working on the same file. The kernel lets go of it when the process dies.
public final class FileLock: Sendable {
    private let descriptor: Int32

    /// Makes the file where there is none.
    ///
    /// - Parameters:
    ///   - isShared: others may have it at the same time, as long as they share it, too.
    ///   - waits: until another process lets go of it, which is done in a moment.
    /// - Throws: ``MusterError`` `conflict` when another process has it.
    public init(_ path: String, doing: String, isShared: Bool = false, waits: Bool = false) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot open \(path)") }
        while flock(descriptor, (isShared ? LOCK_SH : LOCK_EX) | (waits ? 0 : LOCK_NB)) != 0 {
            let error = KernelError.last
            if error.number == EINTR { continue }
            throw error.number == EWOULDBLOCK
                ? MusterError(.conflict, "another process is \(doing)", advice: "wait until it is done")
                : systemError("cannot lock \(path)", error)
        }
    }

    /// Keeps two processes from working in the same directory.
    public convenience init(in directory: String, doing: String, isShared: Bool = false) throws {
        try self.init("\(directory)/.lock", doing: doing, isShared: isShared)
    }

    /// Lets go; also done when the last reference goes.
    public func release() { flock(descriptor, LOCK_UN) }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
