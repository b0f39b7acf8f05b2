import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What `build` leaves for `pack`: the tree as an archive in `private/build/<name>`, and this beside it as `build.json`.
package struct BuiltTree: Codable, Sendable, Hashable {
    /// Something that was run in the tree by hand.
    struct Change: Codable, Sendable, Hashable {
        var command: [String]
        var time: Timestamp
        /// What it ended with.
        var exitCode: Int32
    }

    var name: String
    var recipeDigest: ContentDigest
    var distribution: String
    var suite: String
    /// As `uname -m` says it.
    var architecture: String
    /// The date of the repositories.
    var created: Timestamp
    /// Lines as in sources.list, or addresses of repositories.
    var sources: [String]
    /// The installed packages, where the tree has no list of them that Muster reads itself: those of rpm.
    var packages: [ImageManifest.Package]?
    /// Of a machine that was captured: how its disk was laid out.
    var disk: ImageManifest.DiskLayout?
    /// The file with the tree, beside this one; nil for `tree.tar`, as older Musters named it. To put another tree in its
    /// place is to name its file here, which is one step.
    var archive: String?
    /// All that was changed since it was built, the oldest first; nil for nothing.
    var changes: [Change]?

    static func directory(stateDirectory: String, name: String) -> String { "\(stateDirectory)/private/build/\(name)" }

    /// Makes the directory of an image's tree, and takes its lock: nobody else builds, changes or packs it then.
    static func lock(stateDirectory: String, name: String) throws -> (directory: String, lock: FileLock) {
        guard ImageReference.isValidName(name) else {
            throw MusterError(.invalidInput, "'\(name)' cannot name an image")
        }
        let directory = directory(stateDirectory: stateDirectory, name: name)
        try Files.createDirectory("\(stateDirectory)/private", mode: 0o700)
        try Files.createDirectory(directory, mode: 0o755)
        return (directory, try FileLock(in: directory, doing: "building, changing or packing the image \(name)"))
    }

    /// Compressed blocks of the tree, for packing again.
    static func blocks(directory: String) -> String { "\(directory)/blocks.cache" }

    private var archiveName: String { archive ?? "tree.tar" }

    /// The path of the tree's archive.
    func archivePath(directory: String) -> String { "\(directory)/\(archiveName)" }

    package static func archivePath(stateDirectory: String, name: String) throws -> String {
        let directory = directory(stateDirectory: stateDirectory, name: name)
        return try read(directory: directory, name: name).archivePath(directory: directory)
    }

    static func read(directory: String, name: String) throws -> BuiltTree {
        let path = "\(directory)/build.json"
        let missing = MusterError(
            .notFound, "no tree was built for the image \(name)", advice: "build it: muster image build RECIPE")
        guard Files.exists(path) else {
            // What may not be looked at is not what is not there.
            guard access(directory, X_OK) == 0 || errno != EACCES else {
                throw systemError("cannot look for the tree of the image \(name) in \(directory)")
            }
            throw missing
        }
        let built: BuiltTree = try MusterJSON.decode(from: try Files.read(path), of: path)
        guard Files.exists(built.archivePath(directory: directory)) else { throw missing }
        return built
    }

    /// Puts a new archive and its description in the place of what is there. To be called with the directory's lock.
    ///
    /// The old tree is the tree until the new description, which names the new archive, is in its place.
    func publish(_ output: String, directory: String) throws {
        var new = self
        new.archive = "tree-\(hexText(try KernelRandom.bytes(8))).tar"
        let path = new.archivePath(directory: directory)
        try FileSync.bringToDisk(output)
        guard rename(output, path) == 0 else {
            throw systemError("cannot put the new tree in its place in \(directory)")
        }
        try AtomicFile.syncDirectory(of: path)
        try AtomicFile.write(try MusterJSON.encode(new, pretty: true), to: "\(directory)/build.json")
        try new.removeOtherArchives(directory: directory)
    }

    /// Removes archives that are not the tree, of work that was killed. To be called with the directory's lock.
    func removeOtherArchives(directory: String) throws {
        for name in try Files.names(in: directory) where name.hasPrefix("tree") && name.hasSuffix(".tar") {
            if name != archiveName { try Files.remove("\(directory)/\(name)") }
        }
    }
}
