import CLinux
import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The disk of this machine that keeps the chunks of its tethered root: one partition `muster-fill`, with no file system.
struct FillDisk {
    let configuration: FillDiskConfiguration
    let root: ImageManifest.Root

    /// Octets that the partition has at least.
    private var needed: Int64 { ChunkTable.room(octets: root.size, chunks: root.chunks.count) }

    private var plan: PartitionPlan {
        var random = SystemRandomNumberGenerator()
        return PartitionPlan([
            .init(
                .linuxGeneric, .rest(minimum: UInt64(needed)), label: InstallLayout.fillLabel,
                guid: .random(using: &random), attributes: .noAutomaticMount)
        ])
    }

    /// Chooses a disk, makes the partition if it is not there, and opens it so that nobody else mounts it.
    ///
    /// - Parameter loader: of the drivers in the image.
    /// - Returns: the open partition, and the choice in words.
    /// - Throws: the reason for each disk that cannot be taken.
    func open(_ loader: ModuleLoader) async throws -> (descriptor: Int32, words: String) {
        let rule = try DiskRule.ofNode(configuration.diskRule)
        let choice = DiskChoice(
            rule: rule, needed: Int64(clamping: try plan.smallestDisk()), mayWipe: configuration.mayWipeDisk,
            purpose: .fill)
        let disk = try choice.choose(try await InstallDrivers(loader: loader).load(rule: rule))
        let partition = InstallLayout.device(1, of: disk.name)
        if disk.content != .fill || size(of: partition, on: disk) < needed {
            _ = try TargetDisk.write(plan, to: disk)
        }
        let descriptor = muster_open_disk("/dev/" + partition)
        guard descriptor >= 0 else { throw systemError("cannot open \(partition)") }
        return (
            descriptor, "\(partition) on \(disk.model ?? disk.bus), \(sizeText(disk.size)), \(DiskWords.content(disk))"
        )
    }

    /// In octets; 0 for one that is not there.
    private func size(of partition: String, on disk: DiskFacts) -> Int64 {
        let text = (try? Files.readText("/sys/block/\(disk.name)/\(partition)/size", limit: 64)) ?? ""
        return (Int64(text.prefix(while: \.isNumber)) ?? 0) * 512
    }
}
