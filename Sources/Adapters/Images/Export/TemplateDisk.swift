import Crypto
import DeploymentModel
import DiskFormats
import MusterBase

/// The disk of a machine that is made from a version: its partitions, and what they are known by. All of it comes from the
/// version, so that the same version gives the same bits.
package struct TemplateDisk: Sendable {
    let manifest: ImageManifest
    /// Of the disk itself.
    let disk: DiskGUID
    /// Of partitions.
    let biosBoot: DiskGUID
    let systemPartition: DiskGUID
    package let root: DiskGUID
    /// Of the file system in the root partition.
    let rootFileSystem: DiskGUID
    /// Of directories' hashes in it.
    let hashSeed: DiskGUID
    /// Of the FAT file system.
    let systemVolume: UInt32
    /// Octets of the root partition at least.
    let rootMinimum: UInt64

    static let systemPartitionSize: UInt64 = 64 << 20
    static let biosBootSize: UInt64 = 1 << 20

    /// - Parameter rootMinimum: octets.
    package init(_ manifest: ImageManifest, rootMinimum: UInt64) throws {
        guard PartitionType.root(architecture: manifest.architecture) != nil else {
            throw MusterError(
                .unsupported,
                "\(manifest.reference) is for \(manifest.architecture), which no template can be made for",
                advice: "x86_64 and aarch64 can")
        }
        self.manifest = manifest
        self.rootMinimum = rootMinimum
        disk = Self.guid("disk", manifest)
        biosBoot = Self.guid("bios-boot", manifest)
        systemPartition = Self.guid("system-partition", manifest)
        root = Self.guid("root", manifest)
        rootFileSystem = Self.guid("root-file-system", manifest)
        hashSeed = Self.guid("hash-seed", manifest)
        var volume: UInt32 = 0
        for octet in Self.octets("system-volume", manifest).prefix(4) { volume = volume << 8 | UInt32(octet) }
        systemVolume = volume
    }

    private static func octets(_ what: String, _ manifest: ImageManifest) -> [UInt8] {
        let text = "\(what) \(manifest.reference) \(manifest.root.digest)"
        return Array(SHA256.hash(data: Array(text.utf8)))
    }

    private static func guid(_ what: String, _ manifest: ImageManifest) -> DiskGUID {
        DiskGUID(custom: octets(what, manifest).prefix(16)) ?? PartitionType.linuxGeneric.guid
    }

    /// Firmware without UEFI is known of x86 alone.
    var bootsFromBIOS: Bool { manifest.architecture == "x86_64" }

    /// The root comes last, so that it can grow with the disk.
    package var plan: PartitionPlan {
        let type = PartitionType.root(architecture: manifest.architecture) ?? .linuxGeneric
        let bios = PartitionPlan.Wish(.biosBoot, .octets(Self.biosBootSize), label: "bios", guid: biosBoot)
        var wishes: [PartitionPlan.Wish] = bootsFromBIOS ? [bios] : []
        wishes.append(.init(.efiSystem, .octets(Self.systemPartitionSize), label: "esp", guid: systemPartition))
        wishes.append(
            .init(type, .rest(minimum: rootMinimum), label: "root", guid: root, attributes: .growFileSystem))
        return PartitionPlan(wishes)
    }

    /// - Parameter size: octets; nil for what is enough.
    package func table(size: UInt64?) throws -> PartitionTable {
        let smallest = try plan.smallestDisk()
        let octets = size ?? smallest
        do {
            return try plan.table(disk: disk, blockSize: 512, blockCount: octets / 512)
        } catch {
            guard error.code == .exhausted else { throw error }
            throw MusterError(
                .exhausted, "\(manifest.reference) does not fit on a disk of \(octets >> 20) MiB",
                advice: "give more with --size, or leave it out", cause: error)
        }
    }
}
