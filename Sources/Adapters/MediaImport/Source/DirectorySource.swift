import LinuxSystem
import Media
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A directory: a tree for network boot, or a medium that is mounted.
struct DirectorySource: MediumSource {
    let path: String
    let name: String
    let volumeLabel: String? = nil
    let imagePath: String? = nil

    private static let pieceSize = 1 << 20

    init(_ path: String) {
        self.path = path
        name = FilePathText.lastComponent(of: path)
    }

    func walk(_ visit: (MediumEntry, EntryContent) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceSize, alignment: 16)
        defer { buffer.deallocate() }
        try walk("", buffer, visit)
    }

    private func walk(
        _ directory: String, _ buffer: UnsafeMutableRawBufferPointer,
        _ visit: (MediumEntry, EntryContent) throws -> Void
    ) throws {
        for name in try Files.names(in: directory.isEmpty ? path : "\(path)/\(directory)") {
            try Task.checkCancellation()
            guard let entryPath = try EntryName.check(Array((directory.isEmpty ? name : "\(directory)/\(name)").utf8))
            else { continue }
            let full = "\(path)/\(entryPath)"
            var status = stat()
            guard lstat(full, &status) == 0 else { throw systemError("cannot look at \(full)") }
            let entry = try entry(entryPath, full, status)
            try visit(entry) { take in try read(full, size: entry.size, buffer, take) }
            if entry.kind == .directory { try walk(entryPath, buffer, visit) }
        }
    }

    private func entry(_ entryPath: String, _ full: String, _ status: stat) throws -> MediumEntry {
        let kind: MediumEntry.Kind
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK:
            guard let target = Files.linkTarget(full) else { throw systemError("cannot read the link \(full)") }
            kind = .link(target)
        default:
            throw MusterError(.malformed, "\(full) is neither a file nor a directory nor a link", advice: "remove it")
        }
        return MediumEntry(
            path: entryPath, kind: kind, size: kind == .file ? Int64(status.st_size) : 0,
            modified: Int64(status.st_mtim.tv_sec))
    }

    /// Hands the content of one file to `take`.
    func read(_ full: String, size: Int64, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceSize, alignment: 16)
        defer { buffer.deallocate() }
        try read(full, size: size, buffer, take)
    }

    private func read(
        _ full: String, size: Int64, _ buffer: UnsafeMutableRawBufferPointer,
        _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        // Not followed: what was looked at is what is read.
        let descriptor = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw systemError("cannot read \(full)") }
        defer { close(descriptor) }
        var left = size
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw systemError("cannot read \(full)") }
            if count == 0 { break }
            left -= Int64(count)
            guard left >= 0 else { break }
            try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        guard left == 0 else {
            throw MusterError(.conflict, "\(full) changed while it was read", advice: "import it again")
        }
    }
}
