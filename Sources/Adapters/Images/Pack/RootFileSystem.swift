import LinuxSystem
import MusterBase

/// Writes a tree as squashfs, from a stream: the clean tree never lies on the disk, and no root rights are needed to keep
/// owners and device nodes.
struct RootFileSystem {
    let tree: TreeArchive
    let tools: any ToolRunner
    /// No time in it is later.
    let created: Timestamp
    /// Whether this process is root.
    let isRoot: Bool

    /// Writes the file system.
    ///
    /// - Parameter progress: Called with the share that is done, 0 to 1.
    func write(
        to path: String, compressionLevel: Int, progress: @escaping @Sendable (Double) -> Void
    ) async throws {
        let clean = CleanTree(tree: tree, latest: created.seconds)
        progress(0)
        let options = ToolOptions(
            // For the root directory and the file system itself: mksquashfs 4.5 takes no -root-time with -tar.
            environment: ["SOURCE_DATE_EPOCH": String(max(0, created.seconds))], endsWithCaller: true,
            inputProducer: { input in try await clean.stream(to: input.write, progress: progress) })
        let arguments = Self.arguments(output: path, compressionLevel)
        let doing = "writing the root file system"
        if isRoot {
            _ = try await tools.check(.mksquashfs, arguments, options, doing: doing)
        } else {
            // Nor does it take -root-uid: the root directory would belong to whoever packs.
            let program = Tool.mksquashfs.installedPath ?? Tool.mksquashfs.name
            _ = try await tools.check(
                .unshare, ["--user", "--map-root-user", program] + arguments, options, doing: doing)
        }
    }

    /// A tar archive's own root says nothing to mksquashfs, which would take mode 0777 for it.
    private static func arguments(output: String, _ level: Int) -> [String] {
        [
            "-", output, "-tar", "-comp", "zstd", "-Xcompression-level", String(level), "-b", "256K", "-noappend",
            "-quiet", "-no-progress", "-root-mode", "0755",
        ]
    }
}
