import CLinux
import DiskFormats
@preconcurrency import Dispatch
import LinuxSystem
import MusterBase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Copies a tree with all that the file systems know of it: owners, permissions, times, extended attributes (with
/// capabilities and access lists), hard links, devices, and holes in files. Several files at a time, so that fetching,
/// unpacking and writing go on together.
package final class TreeCopy: Sendable {
    private struct State {
        var next = 0
        var failure: MusterError?
    }

    private let listing: TreeListing
    private let source: String
    private let target: String
    private let state = Mutex(State())
    private let copied = Atomic<Int64>(0)
    /// Places in the listing of all that is no directory and no further name of a file.
    private let work: [Int]
    private let directories: [Int]
    /// Further names of files, and the place of the first.
    private let links: [(link: Int, first: Int)]

    private static let parallel = 4

    /// - Parameters:
    ///   - listing: of `source`.
    ///   - target: an empty directory, but for `lost+found` and directories that something is mounted at.
    package init(_ listing: TreeListing, from source: String, to target: String) {
        self.listing = listing
        self.source = source
        self.target = target
        var work: [Int] = []
        var directories: [Int] = []
        var links: [(Int, Int)] = []
        var known: [ino_t: Int] = [:]
        for (place, entry) in listing.entries.enumerated() {
            let status = entry.status
            if status.st_mode & S_IFMT == S_IFDIR {
                directories.append(place)
            } else if status.st_nlink > 1, let first = known[status.st_ino] {
                links.append((place, first))
            } else {
                if status.st_nlink > 1 { known[status.st_ino] = place }
                work.append(place)
            }
        }
        self.work = work
        self.directories = directories
        self.links = links
    }

    /// Octets of files that are written.
    package var progress: Int64 { copied.load(ordering: .relaxed) }

    /// Copies all, on threads of its own. Throws what went wrong first.
    package func run() async throws {
        for place in directories.dropFirst() {
            let entry = listing.entries[place]
            let made = mkdir(TreeListing.join(target, entry.path), 0o700)
            guard made == 0 || errno == EEXIST else { throw failure("make", entry) }
        }
        await withCheckedContinuation { continuation in
            let group = DispatchGroup()
            for number in 0..<Self.parallel {
                // A queue each, as each waits for disks and for the network.
                DispatchQueue(label: "copy-\(number)").async(group: group) { self.copyFiles() }
            }
            group.notify(queue: .global()) { continuation.resume() }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        for (link, first) in links {
            let (entry, original) = (listing.entries[link], listing.entries[first])
            guard addName(entry, to: original) == 0 else { throw failure("link", entry) }
        }
        // The innermost first: what is made in a directory changes its times.
        for place in directories.reversed() { try finish(listing.entries[place]) }
    }

    private func addName(_ entry: TreeListing.Entry, to original: TreeListing.Entry) -> Int32 {
        link(TreeListing.join(target, original.path), TreeListing.join(target, entry.path))
    }

    private func copyFiles() {
        var buffer = [UInt8](repeating: 0, count: 128 << 10)
        while true {
            let place: Int? = state.withLock { state in
                guard state.failure == nil, state.next < work.count else { return nil }
                state.next += 1
                return work[state.next - 1]
            }
            guard let place else { return }
            do {
                try copy(listing.entries[place], &buffer)
            } catch {
                let reason = error as? MusterError
                state.withLock {
                    $0.failure = $0.failure ?? reason ?? MusterError(.internalFailure, "cannot copy", cause: error)
                }
                return
            }
        }
    }

    private func copy(_ entry: TreeListing.Entry, _ buffer: inout [UInt8]) throws {
        let path = TreeListing.join(target, entry.path)
        switch entry.status.st_mode & S_IFMT {
        case S_IFREG:
            try copyFile(entry, &buffer)
        case S_IFLNK:
            var text = [CChar](repeating: 0, count: 4097)
            guard readlink(TreeListing.join(source, entry.path), &text, 4096) >= 0, symlink(text, path) == 0 else {
                throw failure("link", entry)
            }
        default:
            guard mknod(path, entry.status.st_mode, entry.status.st_rdev) == 0 else { throw failure("make", entry) }
        }
        try finish(entry)
    }

    private func copyFile(_ entry: TreeListing.Entry, _ buffer: inout [UInt8]) throws {
        let from = open(TreeListing.join(source, entry.path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard from >= 0 else { throw failure("read", entry) }
        defer { close(from) }
        let to = open(TreeListing.join(target, entry.path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard to >= 0 else { throw failure("write", entry) }
        defer { close(to) }
        var length: off_t = 0
        while true {
            let count = read(from, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", entry) }
            if count == 0 { break }
            // Nothing but zeros: a hole is read in the same way.
            if buffer[..<count].contains(where: { $0 != 0 }) { try write(buffer, count, to: to, at: length, entry) }
            length += off_t(count)
            copied.add(Int64(count), ordering: .relaxed)
        }
        guard ftruncate(to, length) == 0 else { throw failure("write", entry) }
    }

    private func write(
        _ buffer: [UInt8], _ count: Int, to file: Int32, at offset: off_t, _ entry: TreeListing.Entry
    ) throws {
        try buffer.withUnsafeBytes { octets in
            let part = UnsafeRawBufferPointer(rebasing: octets[..<count])
            try PlacedOctets.write(part, to: file, at: offset, orSay: words("write", entry))
        }
    }

    /// Owner first, as a change of owner takes set-user-ID bits and capabilities away; times last.
    private func finish(_ entry: TreeListing.Entry) throws {
        let path = TreeListing.join(target, entry.path)
        let status = entry.status
        guard lchown(path, status.st_uid, status.st_gid) == 0 else { throw failure("give an owner to", entry) }
        if status.st_mode & S_IFMT != S_IFLNK {
            guard chmod(path, status.st_mode & 0o7777) == 0 else { throw failure("set the mode of", entry) }
        }
        try copyAttributes(entry, to: path)
        var times = [status.st_mtim, status.st_mtim]
        guard utimensat(AT_FDCWD, path, &times, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw failure("set the times of", entry)
        }
    }

    private func copyAttributes(_ entry: TreeListing.Entry, to path: [CChar]) throws {
        let from = TreeListing.join(source, entry.path)
        var names = [CChar](repeating: 0, count: 4096)
        var length = llistxattr(from, &names, names.count)
        if length < 0, errno == ERANGE {
            names = [CChar](repeating: 0, count: 65536)
            length = llistxattr(from, &names, names.count)
        }
        if length < 0, errno == ENOTSUP { return }
        guard length >= 0 else { throw failure("read the attributes of", entry) }
        for name in names[..<length].split(separator: 0) {
            let name = Array(name) + [0]
            var value = [UInt8](repeating: 0, count: 65536)
            let count = lgetxattr(from, name, &value, value.count)
            let own = StoredAttribute.own(
                String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
            guard count >= 0, lsetxattr(path, own, value, count, 0) == 0 else {
                throw failure("copy the attribute \(TreeListing.text(name)) of", entry)
            }
        }
    }

    private func failure(_ doing: String, _ entry: TreeListing.Entry) -> MusterError {
        systemError(words(doing, entry))
    }

    private func words(_ doing: String, _ entry: TreeListing.Entry) -> String {
        "cannot \(doing) /\(TreeListing.text(entry.path)) on the disk"
    }
}
