import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Gives the tree of a version back.
public struct ImageUnpacker: Sendable {
    private let store: ImageStore
    private let keys: ChunkKeys
    private let tools: any ToolRunner

    public init(store: ImageStore, keys: ChunkKeys, tools: any ToolRunner) {
        self.store = store
        self.keys = keys
        self.tools = tools
    }

    /// Writes the tree of a version to a directory, which must not be there yet or be empty. One that is not there yet
    /// has its name when it is whole.
    ///
    /// - Parameter progress: called with what is being done and the share of it that is done, 0 to 1.
    /// - Throws: ``MusterError``: `alreadyExists` for a directory with something in it, `verificationFailed` when the
    ///   version is damaged; nothing is left in the directory then.
    public func unpack(
        _ reference: ImageReference, to directory: String,
        progress: @Sendable (_ doing: String, _ share: Double) -> Void
    ) async throws {
        guard let last = directory.last else { throw MusterError(.invalidInput, "the tree needs a directory to go to") }
        // The name of what lies beside it.
        let directory = last == "/" && directory.count > 1 ? String(directory.dropLast()) : directory
        let manifest = try store.manifest(reference)
        let chunks = RootChunks(store: store.chunks, cipher: ChunkCipher(try keys.key(of: reference.name)))
        guard try !Files.exists(directory) || (Files.isDirectory(directory) && Files.names(in: directory).isEmpty)
        else {
            throw MusterError(
                .alreadyExists, "\(directory) is there already, and not an empty directory",
                advice: "name one that is not there yet")
        }
        // Beside it: on the file system that has to have the room.
        let whole = try PartialFile(for: directory)
        defer { whole.abandon() }
        try chunks.assemble(manifest.root, at: whole.path) { progress("chunks", $0) }
        progress("tree", 0)
        // An empty directory may be a file system of its own.
        let tree = Files.exists(directory) ? directory : whole.treePath
        do {
            _ = try await tools.check(
                .unsquashfs, ["-force", "-no-progress", "-quiet", "-dest", tree, whole.path],
                doing: "unpacking \(reference) to \(directory)")
            try AccessLists.restore(in: tree)
            if tree != directory, rename(tree, directory) != 0 {
                throw systemError("cannot give the tree its name \(directory)")
            }
        } catch {
            try? FileTree.remove(tree)
            throw error
        }
        progress("tree", 1)
    }
}
