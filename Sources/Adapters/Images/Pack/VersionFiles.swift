import DeploymentModel
import LinuxSystem
import MusterBase

/// Writes the three files of a version into a directory.
struct VersionFiles: Sendable {
    let tree: TreeArchive
    let tools: any ToolRunner
    let directory: String
    let created: Timestamp
    let compressionLevel: Int
    let progress: @Sendable (String, Double) -> Void

    struct Content: Sendable {
        let kernelRelease: String
        let files: [ImageManifest.File]
        let unpackedInitramfs: Int64
        let missingFirmware: [String]
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
        try await writeRoot()
        var files: [ImageManifest.File] = []
        for (index, name) in ImageStore.fileNames.enumerated() {
            progress("digests", Double(index) / Double(ImageStore.fileNames.count))
            try FileSync.bringToDisk("\(directory)/\(name)")
            let (digest, size) = try FileDigest.ofFile("\(directory)/\(name)")
            files.append(ImageManifest.File(name: name, size: size, digest: digest))
        }
        return Content(
            kernelRelease: kernel.release, files: files, unpackedInitramfs: Int64(initramfs.bytes.count),
            missingFirmware: initramfs.missingFirmware)
    }

    private func compress(_ archive: [UInt8], withZstandard: Bool) async throws {
        let plain = "\(directory)/initramfs.cpio"
        try Files.write(archive, to: plain)
        try await InitramfsCompression(tools: tools).compress(
            plain, to: "\(directory)/initramfs", withZstandard: withZstandard)
        try Files.remove(plain)
    }

    /// The clean tree goes straight into mksquashfs: it never lies on the disk.
    private func writeRoot() async throws {
        let clean = CleanTree(tree: tree, latest: created.seconds)
        let report = progress
        report("root file system", 0)
        var options = ToolOptions(
            // For the root directory and the file system itself: mksquashfs 4.5 takes no -root-time with -tar.
            environment: ["SOURCE_DATE_EPOCH": String(max(0, created.seconds))],
            inputProducer: { input in
                try await clean.stream(to: input.write) { report("root file system", $0) }
            })
        options.ownProcessGroup = true
        _ = try await tools.check(
            .mksquashfs, Self.arguments(output: "\(directory)/root.squashfs", compressionLevel), options,
            doing: "writing the root file system")
    }

    static func arguments(output: String, _ level: Int) -> [String] {
        [
            "-", output, "-tar", "-comp", "zstd", "-Xcompression-level", String(level), "-b", "256K", "-noappend",
            "-quiet", "-no-progress", "-root-mode", "0755", "-root-uid", "0", "-root-gid", "0",
        ]
    }
}
