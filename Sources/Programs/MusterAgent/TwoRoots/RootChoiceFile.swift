import DiskFormats
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a ``RootChoice`` lies on a disk: below the mount point of the EFI system partition.
package struct RootChoiceFile: Sendable {
    package let path: String

    /// GRUB's own directory on the EFI system partition, below its mount point. GRUB has its modules in `grub` below it.
    static let loaderDirectory = "/muster"
    static let grubDirectory = loaderDirectory + "/grub"
    static let name = "muster.env"

    package init(at path: String) { self.path = path }

    /// Of the running system.
    package static let installed = RootChoiceFile(below: "/boot/efi")

    /// - Parameter mountPoint: of the EFI system partition.
    init(below mountPoint: String) { self.init(at: mountPoint + Self.grubDirectory + "/" + Self.name) }

    package func read() throws -> RootChoice {
        RootChoice(try GRUBEnvironment(decoding: try Files.read(path, limit: 4096)))
    }

    /// Writes it into the blocks that the file has, so that GRUB finds them again, and brings it to the disk. What changes
    /// lies in the first sector: after a power failure it is the old or the new. A file that is not there is made.
    package func write(_ choice: RootChoice) throws {
        let octets = try choice.environment.encoded()
        guard Files.exists(path) else { return try AtomicFile.write(octets, to: path, mode: 0o600) }
        let file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw systemError("cannot open \(path)") }
        defer { close(file) }
        guard pwrite(file, octets, octets.count, 0) == octets.count, fsync(file) == 0 else {
            throw systemError("cannot write \(path)")
        }
    }
}
