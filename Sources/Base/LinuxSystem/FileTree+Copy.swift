import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension FileTree {
    /// Copies a directory with all that is in it to a name that nothing has: files with their modes, symbolic links as they
    /// are. For small trees that one user keeps; the copy belongs to this user.
    ///
    /// - Parameter leavingOut: paths below the top that are not copied.
    /// - Throws: ``MusterError`` `unsupported` for what is neither file, directory nor link.
    public static func copy(_ source: String, to target: String, leavingOut: Set<String> = []) throws {
        try copyDirectory(source, target, "", leavingOut)
    }

    private static func copyDirectory(
        _ source: String, _ target: String, _ below: String, _ leavingOut: Set<String>
    ) throws {
        guard mkdir(target, 0o700) == 0 else { throw systemError("cannot create the directory \(target)") }
        for entry in try Files.entries(in: source) where !leavingOut.contains(below + entry.name) {
            let (from, to) = ("\(source)/\(entry.name)", "\(target)/\(entry.name)")
            if entry.isDirectory {
                try copyDirectory(from, to, "\(below)\(entry.name)/", leavingOut)
            } else {
                try copyEntry(from, to)
            }
        }
        // Last, so that one without permission to write can be filled.
        try Files.setMode(target, try FilePermissions(of: source).mode)
    }

    private static func copyEntry(_ source: String, _ target: String) throws {
        var status = stat()
        guard lstat(source, &status) == 0 else { throw systemError("cannot look at \(source)") }
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            guard let text = Files.linkTarget(source) else { throw systemError("cannot read the link \(source)") }
            try Files.link(target, to: text)
        case S_IFREG:
            try Files.copy(source, to: target, mode: UInt16(status.st_mode & 0o7777))
        default:
            throw MusterError(
                .unsupported, "\(source) cannot be copied: it is neither a file nor a directory nor a link")
        }
    }
}
