import CLinux
import Glibc
import MusterBase
import NIOCore
import NIOHTTP1
import Synchronization

/// The tree of files that anyone on the network may read.
///
/// A file is found only when it lies in the tree itself or, through a symbolic link, in one of the further directories
/// that were allowed; the kernel watches over that (openat2, RESOLVE_BENEATH).
public final class PublicFiles: Sendable {
    private let roots: [CInt]
    private let cache = SmallFileCache()
    private let clock: WallClock

    /// - Parameters:
    ///   - path: the directory whose files are served.
    ///   - allowed: directories that links in the tree may point into, such as the distributions. One that is not there
    ///     is left out.
    /// Throws `not_found` when `path` is no directory.
    public init(_ path: String, allowing allowed: [String] = [], clock: WallClock = .system) throws {
        let root = muster_open_directory(path)
        guard root >= 0 else { throw MusterError(.notFound, "cannot open the directory \(path) of public files") }
        roots = [root] + allowed.map { muster_open_directory($0) }.filter { $0 >= 0 }
        self.clock = clock
    }

    deinit { for root in roots { close(root) } }

    /// Finds a file. Blocks for the time of a few system calls, and of one read for a small file.
    func open(_ path: RequestPath) throws(FileRefusal) -> OpenedFile {
        guard !path.isDirectory else { throw .notFound }
        let relative = path.relative
        if let file = cache.find(relative, root: roots[0]) { return file }
        var info = muster_file_info()
        let descriptor = muster_open_within(roots, roots.count, relative, &info)
        guard descriptor >= 0 else { throw FileRefusal(errno: errno) }
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
        let details = FileDetails(info, type: mediaType(of: relative))
        guard info.size <= Int64(SmallFileCache.largestFile) else {
            return OpenedFile(details: details, source: .handle(handle))
        }
        defer { try? handle.close() }
        guard let content = read(descriptor, count: Int(info.size)) else { throw .unreadable }
        let file = OpenedFile(details: details, source: .memory(content))
        // Times on disk are coarse: a file that was written just now may change again and look the same.
        let age = clock.now().microseconds * 1000 - max(info.modified, info.changed)
        if age > 2_000_000_000 { cache.keep(file, info: info, path: relative) }
        return file
    }

    /// The whole answer to a plain request for a small file that was asked for before. At most one system call.
    func answer(_ target: String) -> (octets: ByteBuffer, size: Int)? {
        cache.answer(target, root: roots[0], at: clock.now())
    }

    /// Keeps the answer to a request of that target, when the file is in memory.
    func keepAnswer(_ target: String, _ path: RequestPath, headers: HTTPHeaders) {
        // With a query or escapes there are ever more ways to write the same path.
        guard target == path.text else { return }
        cache.keepAnswer(target, path: path.relative, headers: headers)
    }

    private func read(_ descriptor: CInt, count: Int) -> ByteBuffer? {
        var buffer = ByteBufferAllocator().buffer(capacity: max(1, count))
        while buffer.readableBytes < count {
            let offset = buffer.readableBytes
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count - offset) { space in
                max(0, pread(descriptor, space.baseAddress, min(space.count, count - offset), off_t(offset)))
            }
            guard got > 0 else { return nil }
        }
        return buffer
    }
}

/// Why a file is not served.
enum FileRefusal: Error {
    /// Not there, not a file, or not within what may be read: the asker is not told which.
    case notFound
    /// It changed while it was read, or the disk has an error.
    case unreadable
    /// Too many open files.
    case exhausted

    init(errno code: CInt) {
        switch code {
        case EMFILE, ENFILE, ENOMEM: self = .exhausted
        case EIO: self = .unreadable
        default: self = .notFound
        }
    }
}

/// What is sent about a file in header fields.
struct FileDetails {
    let facts: FileFacts
    let type: String
    let lastModified: String

    init(_ info: muster_file_info, type: String) {
        let seconds = info.modified / 1_000_000_000
        let tag = [info.device, info.inode, UInt64(bitPattern: info.modified), UInt64(bitPattern: info.changed)]
            .map { String($0, radix: 36) }.joined(separator: "-")
        facts = FileFacts(size: info.size, entityTag: "\"\(tag)-\(info.size)\"", modified: seconds)
        lastModified = HTTPDate.text(seconds)
        self.type = type
    }
}

/// A file that was found.
struct OpenedFile {
    enum Source {
        case memory(ByteBuffer)
        /// To be closed by who takes it.
        case handle(NIOFileHandle)
    }

    let details: FileDetails
    let source: Source
}
