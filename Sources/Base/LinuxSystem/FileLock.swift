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
    public convenience init(_ path: String, doing: String, isShared: Bool = false, waits: Bool = false) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot open \(path)") }
        try self.init(descriptor, path, doing: doing, isShared: isShared, waits: waits)
    }

    /// Takes a file that is there already and belongs to this user, in a directory that others may write to, too.
    ///
    /// - Throws: ``MusterError`` `conflict` when another process has it, `invalidInput` when it is somebody else's, a link
    ///   or no regular file.
    public convenience init(own path: String, doing: String) throws {
        let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open \(path)") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            close(descriptor)
            throw MusterError(.invalidInput, "\(path) is no file of this user")
        }
        try self.init(descriptor, path, doing: doing, isShared: false, waits: false)
    }

    /// Closes the descriptor when it throws, too.
    private init(_ descriptor: Int32, _ path: String, doing: String, isShared: Bool, waits: Bool) throws {
        self.descriptor = descriptor
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
