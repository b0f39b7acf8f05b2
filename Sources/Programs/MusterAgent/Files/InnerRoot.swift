import CLinux
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A root file system whose files are looked at and changed as its own programs would see them: links in it lead to
/// places in it, wherever they say that they point.
package final class InnerRoot: Sendable {
    /// What stands at a path, the last link not followed.
    struct Entry: Hashable {
        enum Kind: Hashable {
            case file
            case directory
            case link(String)
            case other
        }

        var kind: Kind
        var mode: UInt16
        var owner: UInt32
        var group: UInt32
    }

    private let descriptor: CInt
    let path: String

    package init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        self.path = path
        guard descriptor >= 0 else { throw systemError("cannot open the root \(path)") }
    }

    deinit { close(descriptor) }

    /// - Throws: ``MusterError`` `notFound` when there is no such directory.
    func directory(_ path: String) throws -> InnerDirectory {
        let found = muster_open_in_root(descriptor, path, O_RDONLY | O_DIRECTORY, 0)
        guard found >= 0 else { throw systemError("cannot open the directory \(path)") }
        return InnerDirectory(found, path: path)
    }

    /// Nil when there is nothing.
    func entry(_ path: String) throws -> Entry? {
        do {
            return try directory(FilePathText.parent(of: path)).entry(FilePathText.lastComponent(of: path))
        } catch let error as MusterError where error.code == .notFound {
            return nil
        }
    }

    /// Whether a path leads to a directory, links followed.
    func isDirectory(_ path: String) -> Bool { (try? directory(path)) != nil }

    /// The content of a file; nil when there is none.
    ///
    /// - Throws: ``MusterError`` `conflict` for what is no file, also for a link to one.
    func read(_ path: String, limit: Int) throws -> [UInt8]? {
        guard let entry = try entry(path) else { return nil }
        guard entry.kind == .file else {
            let kind = entry.kind == .directory ? "a directory" : "no file of its own"
            throw MusterError(.conflict, "\(path) is \(kind)")
        }
        let file = muster_open_in_root(descriptor, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0)
        guard file >= 0 else { throw systemError("cannot read \(path)") }
        defer { close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw systemError("cannot read \(path)") }
            guard count > 0 else { return content }
            content += buffer[..<count]
            guard content.count <= limit else {
                throw MusterError(.exhausted, "\(path) has more than \(limit) octets")
            }
        }
    }
}

/// An open directory of an ``InnerRoot``. Names are single components, and links are not followed.
final class InnerDirectory: Sendable {
    private let descriptor: CInt
    let path: String

    init(_ descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    private func full(_ name: String) -> String { path == "/" ? "/\(name)" : "\(path)/\(name)" }

    func entry(_ name: String) throws -> InnerRoot.Entry? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw systemError("cannot look at \(full(name))")
        }
        let kind: InnerRoot.Entry.Kind
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .link(try linkText(name))
        default: kind = .other
        }
        return .init(kind: kind, mode: UInt16(status.st_mode & 0o7777), owner: status.st_uid, group: status.st_gid)
    }

    private func linkText(_ name: String) throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlinkat(descriptor, name, &buffer, buffer.count)
        guard count >= 0 else { throw systemError("cannot read the link \(full(name))") }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Writes a new file and brings it to the disk; nothing is left when that fails.
    func create(_ name: String, _ content: [UInt8], mode: UInt16, owner: UInt32, group: UInt32) throws {
        let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw systemError("cannot create a file in \(path)") }
        defer { close(file) }
        do {
            try write(content, to: file)
            // The owner first: it takes the set-user-id bit away.
            guard fchown(file, owner, group) == 0 else { throw systemError("cannot give a file in \(path) its owner") }
            guard fchmod(file, mode_t(mode)) == 0 else { throw systemError("cannot give a file in \(path) its mode") }
            guard fsync(file) == 0 else { throw systemError("cannot bring a file in \(path) to the disk") }
        } catch {
            remove(name)
            throw error
        }
    }

    private func write(_ content: [UInt8], to file: CInt) throws {
        var offset = 0
        while offset < content.count {
            let count = content.withUnsafeBytes { buffer in
                Glibc.write(file, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw systemError("cannot write in \(path)") }
            offset += count
        }
    }

    func createLink(_ name: String, to text: String) throws {
        guard symlinkat(text, descriptor, name) == 0 else { throw systemError("cannot make a link in \(path)") }
    }

    func createDirectory(_ name: String) throws {
        guard mkdirat(descriptor, name, 0o755) == 0 else {
            throw systemError("cannot create the directory \(full(name))")
        }
        // Whatever the umask is.
        guard fchmodat(descriptor, name, 0o755, 0) == 0 else {
            throw systemError("cannot set the mode of \(full(name))")
        }
    }

    /// As far as it can be done.
    func remove(_ name: String) { unlinkat(descriptor, name, 0) }
    func removeDirectory(_ name: String) { unlinkat(descriptor, name, AT_REMOVEDIR) }

    /// Has two entries change their names at one moment.
    func exchange(_ name: String, with other: String) throws {
        guard muster_exchange(descriptor, name, other) == 0 else { throw systemError("cannot replace \(full(other))") }
    }

    /// Gives an entry a name that nothing has.
    func rename(_ name: String, toNew target: String) throws {
        guard muster_rename_new_at(descriptor, name, target) == 0 else {
            throw systemError("cannot put \(full(target)) in its place")
        }
    }

    func names() throws -> [String] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw systemError("cannot list \(path)") }
        return try Files.names(inDescriptor: copy)
    }

    /// Brings the names to the disk.
    func sync() throws {
        // Some file systems refuse it on directories: there is nothing to be done about that.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw systemError("cannot bring the directory \(path) to the disk")
        }
    }
}
