import LinuxSystem
import MusterBase

/// Compresses an archive for the kernel to unpack.
struct InitramfsCompression {
    let tools: any ToolRunner

    /// Writes `source`, compressed, to `target`.
    ///
    /// The length is filled up to a multiple of 512 with zeros: the kernel and boot loaders put the archives of a boot
    /// one behind the other, and an uncompressed one is found only at a multiple of four.
    ///
    /// - Parameter level: zstd's.
    func compress(_ source: String, to target: String, withZstandard: Bool, level: Int = 19) async throws {
        if withZstandard {
            _ = try await tools.check(
                .zstd, ["-\(level)", "-T0", "-q", "-f", source, "-o", target], doing: "compressing \(source)")
        } else {
            let result = try await tools.check(
                .gzip, ["-9", "-n", "-c", source], ToolOptions(outputLimit: 1 << 30), doing: "compressing \(source)")
            try Files.write(result.standardOutput, to: target)
        }
        try FileSync.fillUp(target, toMultipleOf: 512)
    }
}
