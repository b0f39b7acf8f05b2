import LinuxSystem
import MusterAPI
import MusterBase
import OSFamilies

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The media of a site, in `distributions` of the state directory: a directory each, with `.muster/medium.json` in it. A
/// directory that has a name without a dot in front is whole.
public struct MediaStore: Sendable {
    public let directory: String

    package static let staging = ".importing-"
    static let trash = ".removing-"
    package static let recordPath = "\(EntryName.reserved)/medium.json"
    package static let sumsPath = "\(EntryName.reserved)/sha256sums"
    package static let imagePath = "\(EntryName.reserved)/medium.iso"

    public init(directory: String) { self.directory = directory }

    package var content: ContentStore { ContentStore(directory: "\(directory)/.content") }
    package var downloads: String { "\(directory)/.downloads" }

    public func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// All media, by name.
    public struct Listing: Sendable {
        public var media: [MediumRecord] = []
        /// What lies there and cannot be read.
        public var damaged: [Damage] = []
    }

    /// Something that cannot be read, and why.
    public struct Damage: Sendable, Hashable {
        public var name: String
        public var problem: String
    }

    public func list() throws -> Listing {
        var listing = Listing()
        guard Files.isDirectory(directory) else { return listing }
        for name in try Files.names(in: directory) where !name.hasPrefix(".") {
            do {
                listing.media.append(try record(name))
            } catch {
                listing.damaged.append(Damage(name: name, problem: "\(error)"))
            }
        }
        return listing
    }

    /// - Throws: ``MusterError`` `notFound` when there is no such medium, and says which there are.
    public func record(_ name: String) throws -> MediumRecord {
        try require(name)
        let file = "\(path(name))/\(Self.recordPath)"
        let bytes: [UInt8]
        do {
            bytes = try Files.read(file, limit: 16 << 20)
        } catch let error as MusterError where error.code == .notFound {
            throw MusterError(
                .malformed, "\(path(name)) has no \(Self.recordPath): it was not imported by muster media import",
                advice: "import it, then remove the directory")
        }
        let record = try MusterJSON.decode(MediumRecord.self, from: bytes, of: file)
        guard record.schema == MediumRecord.currentSchema else {
            throw MusterError(
                .unsupported,
                "\(file) is of form \(record.schema), and this Muster knows \(MediumRecord.currentSchema)",
                advice: "import the medium again")
        }
        return record
    }

    /// Whether there is a medium of that name.
    public func has(_ name: String) -> Bool { MediumName.isValid(name) && exists(name) }

    package func exists(_ name: String) -> Bool {
        var status = stat()
        return lstat(path(name), &status) == 0
    }

    private func require(_ name: String) throws {
        guard MediumName.isValid(name) else {
            throw MusterError(
                .invalidInput, "\(EntryName.printed(Array(name.utf8))) cannot name a medium",
                advice: "names have \(MediumName.rule)")
        }
        guard !exists(name) else { return }
        let known = ((try? Files.names(in: directory)) ?? []).filter { !$0.hasPrefix(".") }
        throw MusterError(
            .notFound, "there is no medium '\(name)'",
            advice: known.isEmpty
                ? "import one: muster media import PATH" : "there are: \(known.joined(separator: ", "))")
    }

    /// Lets nobody else import or remove until it is released. Makes the directory where there is none.
    package func lock() throws -> FileLock {
        try Files.createDirectory(directory)
        let lock = try FileLock(in: directory, doing: "importing or removing a medium")
        // Whoever imports: the service that gives the files to machines is another user.
        if try FilePermissions(of: directory).mode & 0o055 != 0o055 { try Files.setMode(directory, 0o755) }
        return lock
    }

    /// Removes what killed runs left. To be called with the lock.
    package func removeLeftovers() throws {
        let left = try Files.names(in: directory).filter { $0.hasPrefix(Self.staging) || $0.hasPrefix(Self.trash) }
        try discard(left.map { "\(directory)/\($0)" })
    }

    /// Removes trees that are out of sight, and contents that no medium has then. The trees' own names go last: as long as one
    /// is there, the next run knows that there may be such contents.
    ///
    /// - Parameter emptied: called before contents are removed.
    /// - Returns: octets that are free again.
    @discardableResult
    package func discard(_ trees: [String], emptied: () throws -> Void = {}) throws -> Int64 {
        guard !trees.isEmpty else { return 0 }
        for tree in trees { try Files.isDirectory(tree) ? FileTree.empty(tree) : Files.remove(tree) }
        try emptied()
        let freed = try content.removeUnused()
        for tree in trees { try FileTree.remove(tree) }
        return freed
    }

    /// The profiles that point to a medium or into it, by name, sorted.
    ///
    /// - Parameter directories: that hold profiles, such as `public/os`.
    public func profiles(using name: String, in directories: [String]) throws -> [String] {
        let links = try MediumUse.profiles(using: path(name), in: directories)
        return Set(links.map { String($0.prefix { $0 != "/" }) }).sorted()
    }

    /// Removes a medium, and what no other has of it: see ``remove(_:profiles:emptied:)``.
    public func remove(_ name: String, profiles: [String]) throws -> Int64 {
        try remove(name, profiles: profiles, emptied: {})
    }

    /// Removes a medium, and what no other has of it.
    ///
    /// - Parameters:
    ///   - profiles: directories of profiles, none of which may point into it.
    ///   - emptied: called when its tree is gone, and its contents not yet.
    /// - Returns: octets that are free again.
    /// - Throws: ``MusterError`` `conflict` when it is in use: by which profiles.
    package func remove(_ name: String, profiles: [String], emptied: () throws -> Void) throws -> Int64 {
        try require(name)
        let lock = try lock()
        defer { lock.release() }
        try removeLeftovers()
        try require(name)
        // One link of each profile is enough: boot files lead there, too.
        let links = try MediumUse.profiles(using: path(name), in: profiles)
        let users = Dictionary(grouping: links) { $0.prefix { $0 != "/" } }
            .compactMap { $0.value.min { ($0.utf8.count, $0) < ($1.utf8.count, $1) } }.sorted()
        guard users.isEmpty else {
            throw MusterError(
                .conflict, "the medium \(name) is in use by \(users.joined(separator: ", "))",
                advice: "remove these profiles, or have them point to another medium")
        }
        let doomed = "\(directory)/\(Self.trash)\(hexText(try KernelRandom.bytes(8)))"
        guard rename(path(name), doomed) == 0 else { throw systemError("cannot remove \(path(name))") }
        try AtomicFile.syncDirectory(of: doomed)
        return try discard([doomed], emptied: emptied)
    }
}
