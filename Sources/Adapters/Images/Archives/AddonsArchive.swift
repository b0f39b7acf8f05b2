import DiskFormats
import LinuxSystem
import MusterBase

/// `addons.cpio`: the programs that run in every initramfs, so that a new agent needs no new version of an image; and the
/// hooks by which distributors' installers start the agent. What does not fit the initramfs that it is loaded with lies there
/// and does nothing: so it has no `/init`, which images are told by `rdinit=` (``earlyInitPath``).
public enum AddonsArchive {
    /// Of the first program of an image, in its initramfs.
    public static let earlyInitPath = "/usr/lib/muster/early-init"
    static let agentPath = "/usr/lib/muster/muster-agent"
    /// Counts what is in the archive beside the programs.
    public static let form = 3

    /// Writes the archive at once and whole, compressed with gzip: kernels of installers have known it from the beginning, and
    /// those of Enterprise Linux 7 and 8 do not know zstd.
    ///
    /// - Parameters:
    ///   - earlyInit: Path of the program that becomes ``earlyInitPath``.
    ///   - agent: Path of the program that becomes `/usr/lib/muster/muster-agent`.
    public static func write(
        earlyInit: String, agent: String, to path: String, tools: any ToolRunner
    ) async throws {
        var writer = CpioWriter()
        try writer.append(
            .file(String(earlyInitPath.dropFirst()), try Files.read(earlyInit), permissions: 0o755))
        try writer.append(
            .file(String(agentPath.dropFirst()), try Files.read(agent, limit: 256 << 20), permissions: 0o755))
        for hook in DebianInstallerHooks.all { try writer.append(hook, withParents: false) }
        let work = "\(FilePathText.parent(of: path))/.addons-\(hexText(randomOctets()))"
        let (plain, packed) = ("\(work).cpio", "\(work).gz")
        defer {
            try? Files.remove(plain)
            try? Files.remove(packed)
        }
        try Files.write(writer.finish(), to: plain)
        try await InitramfsCompression(tools: tools).compress(plain, to: packed, withZstandard: false)
        try AtomicFile.write(try Files.read(packed, limit: 256 << 20), to: path)
    }

    private static func randomOctets() -> [UInt8] {
        withUnsafeBytes(of: UInt64.random(in: .min ... .max)) { Array($0) }
    }
}
