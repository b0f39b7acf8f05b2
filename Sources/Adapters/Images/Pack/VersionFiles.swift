import DeploymentModel
import LinuxSystem
import MusterBase

/// Writes the files of a version into a directory, and its root file system into the store of chunks.
struct VersionFiles: Sendable {
    let tree: TreeArchive
    let tools: any ToolRunner
    let directory: String
    let created: Timestamp
    let compressionLevel: Int
    /// Keeps compressed blocks for packing again.
    let cache: String
    let chunks: RootChunks
    let progress: @Sendable (String, Double) -> Void

    struct Content: Sendable {
        let kernelRelease: String
        let files: [ImageManifest.File]
        let root: ImageManifest.Root
        let unpackedInitramfs: Int64
        let missingFirmware: [String]
        let rootFileSystem: RootFileSystem.Report
    }

    func write() async throws -> Content {
        let kernel = try KernelFiles.find(in: tree)
        guard let image = tree.entry(kernel.image) else {
            throw MusterError(.notFound, "the tree has no \(kernel.image)")
        }
        try Files.write(try tree.content(of: image), to: "\(directory)/kernel")
        progress("initramfs", 0)
        let initramfs = try await InitramfsBuilder(tree: tree, tools: tools, release: kernel.release).build()
        try await compress(initramfs.bytes, withZstandard: try kernel.unpacksZstandard(in: tree))
        progress("initramfs", 1)
        let (root, report) = try await writeRoot()
        try FileSync.makePublic(directory)
        var files: [ImageManifest.File] = []
        for (index, name) in ImageStore.fileNames.enumerated() {
            progress("digests", Double(index) / Double(ImageStore.fileNames.count))
            try FileSync.makePublic("\(directory)/\(name)")
            try FileSync.bringToDisk("\(directory)/\(name)")
            let (digest, size) = try FileDigest.ofFile("\(directory)/\(name)")
            files.append(ImageManifest.File(name: name, size: size, digest: digest))
        }
        return Content(
            kernelRelease: kernel.release, files: files, root: root, unpackedInitramfs: Int64(initramfs.bytes.count),
            missingFirmware: initramfs.missingFirmware, rootFileSystem: report)
    }

    private func writeRoot() async throws -> (ImageManifest.Root, RootFileSystem.Report) {
        let whole = "\(directory)/root.squashfs"
        let report = try await RootFileSystem(tree: tree, created: created, cache: cache).write(
            to: whole, compressionLevel: compressionLevel
        ) { [progress] in progress("root file system", $0) }
        let root = try await chunks.write(whole) { progress("chunks", $0) }
        try Files.remove(whole)
        return (root, report)
    }

    private func compress(_ archive: [UInt8], withZstandard: Bool) async throws {
        let plain = "\(directory)/initramfs.cpio"
        try Files.write(archive, to: plain)
        try await InitramfsCompression(tools: tools).compress(
            plain, to: "\(directory)/initramfs", withZstandard: withZstandard)
        try Files.remove(plain)
    }
}
