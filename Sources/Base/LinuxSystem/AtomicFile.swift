import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Writes whole files so that a reader, also after a power failure, finds either the old content or the new.
public enum AtomicFile {
    /// Writes a new file beside `path`, brings it to the disk and puts it in the place of `path`.
    ///
    /// - Parameter mode: Permissions of the new file, whatever the umask; set before the first octet is written.
    /// - Throws: ``MusterError`` with code `systemFailure` that names the path; nothing is left behind then.
    public static func write(_ bytes: some Sequence<UInt8>, to path: String, mode: UInt16 = 0o644) throws {
        let random = UInt64.random(in: .min ... .max)
        let temporary = "\(path).\(hexText(withUnsafeBytes(of: random) { Array($0) })).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot create the file \(temporary)") }
        do {
            defer { close(descriptor) }
            guard fchmod(descriptor, mode_t(mode)) == 0 else {
                throw systemError("cannot set the mode of \(temporary)")
            }
            try writeAll(Array(bytes), to: descriptor, path: temporary)
            guard fsync(descriptor) == 0 else { throw systemError("cannot bring \(temporary) to the disk") }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let error = systemError("cannot put the new file in the place of \(path)")
            unlink(temporary)
            throw error
        }
        try syncDirectory(of: path)
    }

    /// As ``write(_:to:mode:)-(some Sequence<UInt8>,_,_)`` with text in UTF-8.
    public static func write(_ text: String, to path: String, mode: UInt16 = 0o644) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// Writes a file unless it has this content.
    ///
    /// - Returns: whether it was written.
    public static func writeIfChanged(_ bytes: [UInt8], to path: String) throws -> Bool {
        if let old = try? Files.read(path), old == bytes { return false }
        try write(bytes, to: path)
        return true
    }

    /// Writes a file unless it has this content.
    ///
    /// - Returns: whether it was written.
    public static func writeIfChanged(_ text: String, to path: String) throws -> Bool {
        try writeIfChanged(Array(text.utf8), to: path)
    }

    /// Brings all that was written to the file system of a directory to the disk: for many files that were written one
    /// after the other.
    public static func syncFileSystem(of directory: String) throws {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open the directory \(directory)") }
        defer { close(descriptor) }
        guard muster_sync_file_system(descriptor) == 0 else {
            throw systemError("cannot bring what was written below \(directory) to the disk")
        }
    }

    /// Brings what was written to a device to its disk, whoever wrote it.
    public static func syncDevice(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemError("cannot bring what was written to \(path) to the disk") }
    }

    /// Brings the names in the directory that holds `path` to the disk: what was created, renamed or removed there.
    public static func syncDirectory(of path: String) throws {
        let directory = FilePathText.parent(of: path)
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open the directory \(directory)") }
        defer { close(descriptor) }
        // Some file systems refuse fsync on directories: there is nothing to be done about that.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw systemError("cannot bring the directory \(directory) to the disk")
        }
    }
}

func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
    try bytes.withUnsafeBytes { buffer in
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw systemError("cannot write \(path)")
            }
            rest = rest.dropFirst(count)
        }
    }
}
