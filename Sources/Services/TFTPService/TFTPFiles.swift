import CLinux
import Glibc
import MusterBase

/// The tree of files that is served.
///
/// A file is found only when it lies in the tree itself or, through a symbolic link, in one of the further directories
/// that were allowed; the kernel watches over that (openat2, RESOLVE_BENEATH).
public final class TFTPFiles: Sendable {
    private let roots: [CInt]

    /// - Parameters:
    ///   - path: the directory whose files are served.
    ///   - allowed: directories that links in the tree may point into. One that is not there is left out.
    /// Throws `not_found` when `path` is no directory.
    public init(_ path: String, allowing allowed: [String] = []) throws {
        let root = muster_open_directory(path)
        guard root >= 0 else { throw MusterError(.notFound, "cannot open the directory \(path) for TFTP") }
        roots = [root] + allowed.map { muster_open_directory($0) }.filter { $0 >= 0 }
    }

    deinit { for root in roots { close(root) } }

    /// Why a file is not given.
    enum Refusal: Error {
        /// There is no such file, or none that may be read.
        case notFound
        /// There would be one, and the process or the system has no room for it now.
        case exhausted
    }

    /// - Parameter path: as `tftpFilePath` gives it.
    func open(_ path: String) throws(Refusal) -> RequestedFile {
        var info = muster_file_info()
        let descriptor = muster_open_within(roots, roots.count, path, &info)
        guard descriptor >= 0 else {
            throw [EMFILE, ENFILE, ENOMEM].contains(errno) ? .exhausted : .notFound
        }
        return .file(FileDescriptor(descriptor), FileIdentity(info))
    }
}
