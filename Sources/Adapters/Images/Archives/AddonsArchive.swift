import DiskFormats
import LinuxSystem
import MusterBase

/// `addons.cpio`: the programs that run in every initramfs, so that a new agent needs no new version of an image.
public enum AddonsArchive {
    /// Writes the archive at once and whole, compressed with zstd.
    ///
    /// - Parameters:
    ///   - earlyInit: Path of the program that becomes `/init`.
    ///   - agent: Path of the program that becomes `/usr/lib/muster/muster-agent`.
    public static func write(
        earlyInit: String, agent: String, to path: String, tools: any ToolRunner
    ) async throws {
        var writer = CpioWriter()
        try writer.append(.file("init", try Files.read(earlyInit), permissions: 0o755))
        try writer.append(
            .file("usr/lib/muster/muster-agent", try Files.read(agent, limit: 256 << 20), permissions: 0o755))
        let work = "\(FilePathText.parent(of: path))/.addons-\(hexText(randomOctets()))"
        let (plain, packed) = ("\(work).cpio", "\(work).zst")
        defer {
            try? Files.remove(plain)
            try? Files.remove(packed)
        }
        try Files.write(writer.finish(), to: plain)
        // Level 19 would make it a seventh smaller, and take twenty times as long: 20 seconds for an agent of 38 MB.
        try await InitramfsCompression(tools: tools).compress(plain, to: packed, withZstandard: true, level: 9)
        try AtomicFile.write(try Files.read(packed, limit: 256 << 20), to: path)
    }

    private static func randomOctets() -> [UInt8] {
        withUnsafeBytes(of: UInt64.random(in: .min ... .max)) { Array($0) }
    }
}
