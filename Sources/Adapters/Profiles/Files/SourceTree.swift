import CLinux
import Glibc
import Images
import LinuxSystem
import MusterBase
import Synchronization

/// A directory that files for nodes come from. Nothing outside of it is read: on the way down each name is held and
/// looked at, and no link is followed.
struct SourceTree {
    /// What stands at a path.
    enum Found: Equatable {
        /// - Parameter isExecutable: by its owner.
        case file(isExecutable: Bool)
        case directory
        case link(String)
    }

    let path: String
    /// How it is called in messages: `files/`.
    let name: String

    /// - Throws: ``MusterError`` `notFound` when there is nothing, `malformed` for a device, a FIFO or a socket.
    func look(at relative: String) throws -> Found {
        try held(relative) { descriptor, entry in
            switch mode_t(entry.mode) & S_IFMT {
            case S_IFREG: return .file(isExecutable: entry.mode & 0o100 != 0)
            case S_IFDIR: return .directory
            case S_IFLNK: return .link(try linkText(descriptor, relative))
            default: throw MusterError(.malformed, "\(name)\(relative) is no file, directory or link")
            }
        }
    }

    /// The names in a directory, sorted; "" for the tree's own.
    func names(in relative: String) throws -> [String] {
        try held(relative) { descriptor, _ in
            let directory = muster_list_held(descriptor)
            guard directory >= 0 else { throw systemError("cannot list \(name)\(relative)") }
            return try Files.names(inDescriptor: directory)
        }
    }

    /// Opens a file, and says what tells its content from another.
    func open(_ relative: String) throws -> (file: OpenSource, info: FileStamp) {
        let root = muster_open_directory(path)
        guard root >= 0 else { throw systemError("cannot open \(path)") }
        defer { close(root) }
        var info = muster_file_info()
        let descriptor = withUnsafePointer(to: root) { muster_open_within($0, 1, relative, &info) }
        guard descriptor >= 0 else { throw systemError("cannot read \(name)\(relative)") }
        return (OpenSource(descriptor, path: name + relative), FileStamp(info))
    }

    // MARK: -

    /// Goes down name by name.
    private func held<Value>(_ relative: String, _ body: (CInt, muster_entry) throws -> Value) throws -> Value {
        var entry = muster_entry()
        // AT_FDCWD
        var current = muster_hold_entry(-100, path, &entry)
        guard current >= 0 else { throw systemError("cannot look at \(path)") }
        defer { close(current) }
        for part in relative.split(separator: "/") {
            guard mode_t(entry.mode) & S_IFMT == S_IFDIR else {
                throw MusterError(.malformed, "a part of \(name)\(relative) is no directory, or is a link")
            }
            let next = muster_hold_entry(current, String(part), &entry)
            guard next >= 0 else { throw systemError("cannot look at \(name)\(relative)") }
            close(current)
            current = next
        }
        return try body(current, entry)
    }

    private func linkText(_ descriptor: CInt, _ relative: String) throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlinkat(descriptor, "", &buffer, buffer.count)
        guard count > 0 else { throw systemError("cannot read the link \(name)\(relative)") }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// What tells one content of a file from another, without reading it.
struct FileStamp: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modified: Int64
    let changed: Int64

    init(_ info: muster_file_info) {
        device = info.device
        inode = info.inode
        size = info.size
        modified = info.modified
        changed = info.changed
    }
}

/// A file that is open for reading, closed with the last reference.
public final class OpenSource: Sendable {
    private let descriptor: CInt
    private let path: String
    private let offset = Mutex(0)
    private static let piece = 256 << 10

    init(_ descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// The next piece; nil behind the last one.
    public func next() throws -> [UInt8]? {
        try offset.withLock { offset in
            var buffer = [UInt8](repeating: 0, count: Self.piece)
            var count = 0
            repeat { count = pread(descriptor, &buffer, buffer.count, off_t(offset)) } while count < 0 && errno == EINTR
            guard count >= 0 else { throw systemError("cannot read \(path)") }
            guard count > 0 else { return nil }
            offset += count
            return Array(buffer[..<count])
        }
    }

    /// All that was not read yet. Throws ``MusterError`` `exhausted` when it is more than `limit` octets.
    func rest(limit: Int64) throws -> [UInt8] {
        var content: [UInt8] = []
        while let piece = try next() {
            content += piece
            guard content.count <= limit else {
                throw MusterError(.exhausted, "\(path) has more than \(limit >> 20) MiB, the most for a file")
            }
        }
        return content
    }
}

/// Digests of sources, kept for as long as the files stay as they are: a thousand nodes ask for them within a minute.
public final class SourceDigests: Sendable {
    private struct Known {
        let stamp: FileStamp
        let digest: ContentDigest
    }

    private let known = Mutex<[String: Known]>([:])

    public init() {}

    /// The digest and size of a file.
    func digest(of relative: String, in tree: SourceTree, limit: Int64) throws -> (digest: ContentDigest, size: Int64) {
        let (file, stamp) = try tree.open(relative)
        let key = "\(tree.path)/\(relative)"
        if let found = known.withLock({ $0[key] }), found.stamp == stamp { return (found.digest, stamp.size) }
        let content = try file.rest(limit: limit)
        let digest = try FileDigest.of(content)
        known.withLock { known in
            // Of files that are long gone.
            if known.count > 100_000 { known.removeAll() }
            known[key] = Known(stamp: stamp, digest: digest)
        }
        return (digest, Int64(content.count))
    }
}
