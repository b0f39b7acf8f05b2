import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Makes a file of a version that others take: the disk of a virtual machine, or a container image.
public struct ImageExporter: Sendable {
    let store: ImageStore
    let keys: ChunkKeys
    let tools: any ToolRunner
    let privateDirectory: String

    /// Called with what is being done and the share of it that is done, 0 to 1.
    public typealias Progress = @Sendable (_ doing: String, _ share: Double) -> Void

    /// What was made.
    public struct Result: Sendable, Hashable {
        public let path: String
        /// Octets of the disk as the machine sees it; nil for a container image.
        public let diskSize: UInt64?
        /// Octets of the file.
        public let fileSize: Int64
    }

    /// - Parameter stateDirectory: where images and their keys are; also where the work is done.
    public init(stateDirectory: String, tools: any ToolRunner) {
        store = ImageStore(directory: "\(stateDirectory)/public/images")
        privateDirectory = "\(stateDirectory)/private"
        keys = ChunkKeys(privateDirectory: privateDirectory)
        self.tools = tools
    }

    /// Exports a version.
    ///
    /// The file has its name only when it is whole, and on the disk.
    ///
    /// - Parameters:
    ///   - path: absolute; nothing may be there, or a file with `isForced`.
    ///   - size: octets of the disk; nil for what is enough.
    /// - Throws: ``MusterError``: `alreadyExists`, `exhausted` when a disk is full or `size` too small, `unsupported` for
    ///   an image that cannot start by itself, `verificationFailed` when the version is damaged.
    public func export(
        _ reference: ImageReference, as format: ExportFormat, to path: String, size: UInt64? = nil,
        isForced: Bool = false,
        progress: @escaping Progress = { _, _ in }
    ) async throws -> Result {
        let manifest = try store.manifest(reference)
        guard isForced || !Files.exists(path) else { throw PartialFile.alreadyThere(path) }
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw MusterError(
                .invalidInput, "\(path) is no file: what is there is not replaced", advice: "name another file")
        }
        let partial = try PartialFile(for: path)
        defer { partial.abandon() }
        let sandbox = try await TreeSandbox(tools: tools, date: manifest.created)
        let workspace = try await ExportWorkspace(in: privateDirectory, sandbox: sandbox)
        do {
            let run = ExportRun(
                manifest: manifest, tools: tools, sandbox: sandbox, workspace: workspace, progress: progress)
            try assemble(manifest, at: run.rootImage.path, progress)
            let diskSize = try await run.write(format, size: size, to: partial.path)
            progress("to the disk", 0)
            try partial.finish(isForced: isForced)
            await workspace.remove()
            return Result(path: path, diskSize: diskSize, fileSize: Files.size(path) ?? 0)
        } catch {
            await workspace.remove()
            throw Self.explain(error, reference, path)
        }
    }

    private func assemble(_ manifest: ImageManifest, at path: String, _ progress: Progress) throws {
        let chunks = RootChunks(store: store.chunks, cipher: ChunkCipher(try keys.key(of: manifest.name)))
        try chunks.assemble(manifest.root, at: path) { progress("chunks", $0) }
    }

    private static func explain(_ error: any Error, _ reference: ImageReference, _ path: String) -> any Error {
        // One that does not fit on the disk which is made has said so.
        guard "\(error)".contains("No space left on device") else { return error }
        return MusterError(
            .exhausted, "exporting \(reference): the disk is full",
            advice: "make room where \(path) is to be and in the state directory; nothing was left behind", cause: error
        )
    }
}
