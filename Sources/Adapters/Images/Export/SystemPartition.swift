import LinuxSystem
import MusterBase

/// Makes an EFI system partition in a file (UEFI 2.10, 13.3.1): FAT32, with a boot loader where firmware looks for one on a
/// disk that it does not know.
struct SystemPartition: Sendable {
    let sandbox: TreeSandbox
    /// Octets.
    let size: UInt64
    let volume: UInt32

    /// - Parameters:
    ///   - files: what goes to `/EFI/BOOT`, by name; paths of files here.
    func write(to path: String, files: [(name: String, source: String)]) async throws {
        let directory = FilePathText.parent(of: path)
        _ = try DiskImageFile(path, size: size)
        func run(_ tool: Tool, _ arguments: [String]) async throws {
            try await sandbox.check(tool, arguments, writable: [directory], doing: "making the EFI system partition")
        }
        let digits = String(volume, radix: 16)
        let identifier = String(repeating: "0", count: 8 - digits.count) + digits
        try await run(.mkfsFAT, ["--invariant", "-F", "32", "-i", identifier, "-n", "ESP", path])
        try await run(.mmd, ["-i", path, "::/EFI", "::/EFI/BOOT"])
        for file in files { try await run(.mcopy, ["-i", path, file.source, "::/EFI/BOOT/\(file.name)"]) }
    }
}
