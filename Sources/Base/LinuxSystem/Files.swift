import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Files and directories, by plain system calls: the agent has no other file library.
public enum Files {
    /// Creates a directory and those above it. A directory that is there already is left as it is.
    public static func createDirectory(_ path: String, mode: UInt16 = 0o755) throws {
        guard mkdir(path, mode_t(mode)) != 0 else { return }
        switch errno {
        case EEXIST:
            guard isDirectory(path) else {
                throw systemError("cannot create the directory \(path)", KernelError(ENOTDIR))
            }
        case ENOENT:
            let parent = FilePathText.parent(of: path)
            guard parent != path else { throw systemError("cannot create the directory \(path)", KernelError(ENOENT)) }
            try createDirectory(parent)
            guard mkdir(path, mode_t(mode)) == 0 || errno == EEXIST else {
                throw systemError("cannot create the directory \(path)")
            }
        default:
            throw systemError("cannot create the directory \(path)")
        }
    }

    /// Opens a regular file for reading, links followed, and never waits for it: a FIFO in its place would have the
    /// caller wait for a writer for ever.
    ///
    /// - Returns: The descriptor, which the caller closes.
    /// - Throws: Code `notFound` only when there is no such file, and `malformed` for what is no regular file.
    public static func openRegular(_ path: String) throws(MusterError) -> CInt {
        // Asked before it is opened too: opening some devices has an effect, and a socket cannot be opened.
        try refuseIrregular(path) { stat(path, $0) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw systemError("cannot read \(path)") }
        do {
            try refuseIrregular(path) { fstat(descriptor, $0) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func refuseIrregular(
        _ path: String, _ look: (UnsafeMutablePointer<stat>) -> CInt
    ) throws(MusterError) {
        var status = stat()
        guard look(&status) == 0 else { throw systemError("cannot read \(path)") }
        let kind: String
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: kind = "a directory"
        case S_IFIFO: kind = "a FIFO"
        case S_IFSOCK: kind = "a socket"
        case S_IFCHR: kind = "a character device"
        case S_IFBLK: kind = "a block device"
        default: kind = "something else"
        }
        throw MusterError(.malformed, "cannot read \(path): it is \(kind), not a file")
    }

    /// The whole content. Works for files of /proc and /sys, whose size is not known before.
    ///
    /// - Parameter limit: A longer file is refused with code `exhausted`.
    /// - Throws: As ``openRegular(_:)``.
    public static func read(_ path: String, limit: Int = 64 << 20) throws -> [UInt8] {
        try readAll(path, from: try openRegular(path), limit: limit)
    }

    /// The whole content of what a user named, which may also be a pipe, as of a shell's `<(…)`: waits until its writer
    /// has ended.
    ///
    /// - Parameter limit: A longer content is refused with code `exhausted`.
    public static func readGiven(_ path: String, limit: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw systemError("cannot read \(path)") }
        return try readAll(path, from: descriptor, limit: limit)
    }

    /// Closes the descriptor.
    private static func readAll(_ path: String, from descriptor: CInt, limit: Int) throws -> [UInt8] {
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw systemError("cannot read \(path)")
            }
            guard count > 0 else { return content }
            content.append(contentsOf: buffer[..<count])
            guard content.count <= limit else {
                throw MusterError(.exhausted, "\(path) is longer than \(limit) octets")
            }
        }
    }

    /// The whole content as text, octets that are not UTF-8 replaced.
    public static func readText(_ path: String, limit: Int = 64 << 20) throws -> String {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// Writes in place: for files of /proc and /sys, and for trees that nobody reads yet. Else ``AtomicFile``.
    public static func write(_ bytes: some Sequence<UInt8>, to path: String, mode: UInt16 = 0o644) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw systemError("cannot open \(path) for writing") }
        defer { close(descriptor) }
        try writeAll(Array(bytes), to: descriptor, path: path)
        // O_CREAT's mode is cut by the umask and left alone on a file that exists.
        if mode & 0o077 == 0 || mode != 0o644 { _ = fchmod(descriptor, mode_t(mode)) }
    }

    public static func write(_ text: String, to path: String, mode: UInt16 = 0o644) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// True when something has that name, links followed.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    public static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The size in octets; nil when there is no such file.
    public static func size(_ path: String) -> Int64? {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : nil
    }

    /// The names in a directory, sorted, without `.` and `..`.
    public static func names(in path: String) throws -> [String] {
        try entries(in: path).map(\.name).sorted()
    }

    /// Where a symbolic link points; nil when it is none.
    public static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Makes `path` a symbolic link to `target`, in the place of a file or link that may be there.
    public static func link(_ path: String, to target: String) throws {
        if symlink(target, path) == 0 { return }
        guard errno == EEXIST else { throw systemError("cannot make the link \(path)") }
        try remove(path)
        guard symlink(target, path) == 0 else { throw systemError("cannot make the link \(path)") }
    }

    /// Gives a file or directory another name, which nothing may have yet.
    ///
    /// - Throws: ``MusterError`` `alreadyExists` when something has it; that is left as it is then.
    public static func rename(_ path: String, toNew target: String) throws {
        guard muster_rename_new(path, target) != 0 else { return }
        let error = KernelError.last
        if error.number == EEXIST { throw MusterError(.alreadyExists, "\(target) is there already") }
        throw systemError("cannot put \(target) in its place", error)
    }

    /// Removes a file or link; it is no error when there is none.
    public static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw systemError("cannot remove \(path)") }
    }

    /// Copies the content of a file, a piece at a time.
    public static func copy(_ source: String, to target: String, mode: UInt16) throws {
        let from = try openRegular(source)
        defer { close(from) }
        let to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode))
        guard to >= 0 else { throw systemError("cannot open \(target) for writing") }
        defer { close(to) }
        guard fchmod(to, mode_t(mode)) == 0 else { throw systemError("cannot set the mode of \(target)") }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = Glibc.read(from, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw systemError("cannot read \(source)") }
            guard count > 0 else { return }
            try writeAll(Array(buffer[..<count]), to: to, path: target)
        }
    }
}

extension Files {
    /// A name in a directory. Symbolic links are not followed, so they are no directories.
    public struct Entry: Sendable, Hashable {
        public let name: String
        public let isDirectory: Bool
    }

    /// What is in a directory, in the order in which the file system gives it, without `.` and `..`.
    public static func entries(in path: String) throws -> [Entry] {
        guard let directory = opendir(path) else { throw systemError("cannot open the directory \(path)") }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let entry = readdir(directory) {
            let name = name(of: entry)
            if name == "." || name == ".." { continue }
            var isDirectory = Int(entry.pointee.d_type) == Int(DT_DIR)
            if Int(entry.pointee.d_type) == Int(DT_UNKNOWN) {
                var status = stat()
                isDirectory = lstat(path + "/" + name, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }
            entries.append(Entry(name: name, isDirectory: isDirectory))
        }
        return entries
    }

    /// The names in an open directory, sorted, without `.` and `..`. Closes the descriptor.
    public static func names(inDescriptor descriptor: CInt) throws(MusterError) -> [String] {
        guard let directory = fdopendir(descriptor) else {
            let error = systemError("cannot list an open directory")
            close(descriptor)
            throw error
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) { names.append(name(of: entry)) }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
    }
}

extension Files {
    /// Sets the permissions, whatever the umask.
    public static func setMode(_ path: String, _ mode: UInt16) throws {
        guard chmod(path, mode_t(mode)) == 0 else { throw systemError("cannot set the mode of \(path)") }
    }
}
