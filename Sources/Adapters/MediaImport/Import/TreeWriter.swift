import LinuxSystem
import Media
import MusterBase
import OSFamilies

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Writes a medium's tree into a directory of its own, in which nobody else writes. Files that the store has already become
/// further names of those; links come last, so that nothing is ever written through one.
final class TreeWriter {
    private let root: String
    private let content: ContentStore
    private let worker: DigestWorker
    private var directories: Set<EntryPath> = []
    private(set) var files: [EntryPath: FileRecord] = [:]
    /// Targets by path.
    private(set) var links: [EntryPath: String] = [:]
    /// The first file of each content that the store does not have.
    private(set) var fresh: [ContentDigest: String] = [:]
    /// Those of them in whose place the store has something else by now.
    private(set) var damaged: Set<ContentDigest> = []

    struct FileRecord: Sendable, Hashable {
        var digest: ContentDigest
        var size: Int64
    }

    init(root: String, content: ContentStore, worker: DigestWorker) {
        self.root = root
        self.content = content
        self.worker = worker
    }

    func makeDirectory(_ path: String) throws {
        guard !path.isEmpty, path != ".", !directories.contains(EntryPath(path)) else { return }
        let parent = FilePathText.parent(of: path)
        if parent != "." { try makeDirectory(parent) }
        guard mkdir("\(root)/\(path)", 0o755) == 0 else {
            throw errno == EEXIST ? twice(path) : systemError("cannot create the directory \(root)/\(path)")
        }
        try Files.setMode("\(root)/\(path)", 0o755)
        directories.insert(EntryPath(path))
    }

    /// Writes a file and returns its digests, those of the algorithms that were asked for among them.
    func writeFile(
        _ entry: MediumEntry, also algorithms: Set<ExpectedChecksum.Algorithm>, _ read: EntryContent,
        wrote: @escaping (Int64) throws -> Void
    ) throws -> DigestWorker.Digests {
        try makeDirectory(FilePathText.parent(of: entry.path))
        let full = "\(root)/\(entry.path)"
        let descriptor = open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST ? twice(entry.path) : systemError("cannot create \(full)")
        }
        defer { close(descriptor) }
        worker.begin(also: algorithms)
        try read { piece in
            worker.update(piece)
            try write(piece, to: descriptor, full)
            try wrote(Int64(piece.count))
        }
        let digests = try worker.finish()
        guard fchmod(descriptor, 0o444) == 0 else { throw systemError("cannot set the mode of \(full)") }
        // Servers tell it to their clients as the time of the last change.
        let time = timespec(tv_sec: Int(entry.modified), tv_nsec: 0)
        _ = futimens(descriptor, [time, time])
        try shareContent(of: entry, digests.content)
        files[EntryPath(entry.path)] = FileRecord(digest: digests.content, size: entry.size)
        return digests
    }

    private func shareContent(of entry: MediumEntry, _ digest: ContentDigest) throws {
        guard entry.size > 0 else { return }
        let full = "\(root)/\(entry.path)"
        if let first = fresh[digest] { return try content.replace(full, byLinkTo: "\(root)/\(first)") }
        let stored = try content.compare(digest, with: full)
        if stored == .same { return try content.replace(full, byLinkTo: content.path(digest)) }
        fresh[digest] = entry.path
        if stored == .damaged { damaged.insert(digest) }
    }

    private func write(_ piece: UnsafeRawBufferPointer, to descriptor: CInt, _ path: String) throws {
        var rest = piece
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw systemError("cannot write \(path)")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Another name of a file that was written.
    func addName(_ path: String, of first: String) throws {
        guard let record = files[EntryPath(first)] else {
            throw MusterError(.malformed, "the medium has a second name for a file that it has not: \(path)")
        }
        try makeDirectory(FilePathText.parent(of: path))
        guard link("\(root)/\(first)", "\(root)/\(path)") == 0 else {
            throw errno == EEXIST ? twice(path) : systemError("cannot create \(root)/\(path)")
        }
        files[EntryPath(path)] = record
    }

    /// A link that ``finish()`` makes.
    func addLink(_ path: String, to target: String) throws {
        guard links.updateValue(target, forKey: EntryPath(path)) == nil else { throw twice(path) }
    }

    func finish() throws {
        try EntryLinks.check(links)
        for (path, target) in links.sorted(by: { $0.key < $1.key }).map({ ($0.key.text, $0.value) }) {
            try makeDirectory(FilePathText.parent(of: path))
            guard symlink(target, "\(root)/\(path)") == 0 else {
                throw errno == EEXIST ? twice(path) : systemError("cannot make the link \(root)/\(path)")
            }
        }
    }

    private func twice(_ path: String) -> MusterError {
        MusterError(.malformed, "the medium has two things of one name: \(EntryName.printed(Array(path.utf8)))")
    }
}
