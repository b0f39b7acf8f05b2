import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The contents of all media's files, each once: `.content/ab/<64 digits>`. The files of media are further names of them. A
/// content that has no other name is of no medium any more.
package struct ContentStore: Sendable {
    let directory: String

    package func path(_ digest: ContentDigest) -> String {
        let hex = digest.hex
        return "\(directory)/\(hex.prefix(2))/\(hex)"
    }

    /// What is stored under a digest.
    package enum Stored { case nothing, same, damaged }

    /// Compares what is stored under a digest with a good file of it, octet by octet: what was good years ago need not be so
    /// now.
    package func compare(_ digest: ContentDigest, with path: String) throws -> Stored {
        let stored = self.path(digest)
        guard access(stored, F_OK) == 0 || errno != ENOENT else { return .nothing }
        let good = try Files.openRegular(path)
        defer { close(good) }
        let other = open(stored, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard other >= 0 else { return .damaged }
        defer { close(other) }
        var status = stat()
        guard fstat(other, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return .damaged }
        let size = 256 << 10
        let one = UnsafeMutableRawPointer.allocate(byteCount: 2 * size, alignment: 16)
        defer { one.deallocate() }
        let two = one + size
        while true {
            guard let count = Self.fill(one, size, from: good) else { throw systemError("cannot read \(path)") }
            // What cannot be read is damaged, too.
            guard Self.fill(two, size, from: other) == count, memcmp(one, two, count) == 0 else { return .damaged }
            if count < size { return .same }
        }
    }

    /// How many octets were read, less than wanted only at the file's end; nil when it cannot be read.
    private static func fill(_ buffer: UnsafeMutableRawPointer, _ size: Int, from descriptor: CInt) -> Int? {
        var done = 0
        while done < size {
            let count = read(descriptor, buffer + done, size - done)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Gives a file's name to another file of the same content. A file that has as many names as its file system allows
    /// stays as it is.
    package func replace(_ path: String, byLinkTo first: String) throws {
        let temporary = "\(path).muster-link"
        guard link(first, temporary) == 0 else {
            if errno == EMLINK { return }
            throw systemError("cannot make a second name of \(first)")
        }
        guard rename(temporary, path) == 0 else {
            let error = systemError("cannot put a second name of \(first) at \(path)")
            unlink(temporary)
            throw error
        }
    }

    /// Takes a file in, which is on the disk and has its last mode.
    package func add(_ path: String, _ digest: ContentDigest) throws {
        let target = self.path(digest)
        try Files.createDirectory(FilePathText.parent(of: target))
        guard link(path, target) == 0 || errno == EEXIST || errno == EMLINK else {
            throw systemError("cannot keep the content of \(path)")
        }
    }

    /// Removes what no medium has, while nobody imports.
    ///
    /// - Returns: octets that are free again.
    @discardableResult
    func removeUnused() throws -> Int64 {
        guard Files.isDirectory(directory) else { return 0 }
        var freed: Int64 = 0
        for part in try Files.names(in: directory) where Files.isDirectory("\(directory)/\(part)") {
            for name in try Files.names(in: "\(directory)/\(part)") {
                let path = "\(directory)/\(part)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
                    continue
                }
                try Files.remove(path)
                freed += Int64(status.st_size)
            }
        }
        return freed
    }
}
