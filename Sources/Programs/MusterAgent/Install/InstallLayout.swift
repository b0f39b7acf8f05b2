import DeploymentModel
import DiskFormats
import MusterBase

/// What lies where on the disk of an installed node: a GUID partition table after the Discoverable Partitions
/// Specification. Every label begins with `muster-`, by which an installation knows its own again.
package struct InstallLayout: Sendable {
    /// By their numbers in the table. The first or only root is the third.
    package static let (biosNumber, efiNumber, rootNumber) = (1, 2, 3)

    private static let prefix = "muster-"
    /// Of the partition that keeps chunks: the only one on the disk of a tethered machine, and the last one behind
    /// installed roots.
    package static let fillLabel = prefix + "fill"
    /// In octets.
    private static let biosSize: UInt64 = 1 << 20
    private static let efiSize: UInt64 = 512 << 20
    private static let bootSize: UInt64 = 1 << 30

    package let architecture: String
    package let layout: InstallSettings.Layout
    /// Whether each root has a partition for what GRUB reads, which cannot open an encrypted root.
    package let hasBoot: Bool
    /// What lies beside the roots.
    package let extras: [ExtraFileSystem]
    /// Octets of the disk that it is for; nil for one that is not known yet.
    package var disk: Int64?
    /// Octets that a root partition has at least.
    package let leastRoot: UInt64
    /// Octets of the partition that keeps chunks; nil when there is none.
    package private(set) var store: UInt64?

    /// - Parameter content: octets that the files of the image take, in whole blocks.
    package init(
        architecture: String, content: Int64, layout: InstallSettings.Layout = .single, hasBoot: Bool = false,
        extras: [ExtraFileSystem] = []
    ) {
        self.architecture = architecture
        self.layout = layout
        self.hasBoot = hasBoot
        self.extras = extras
        // A quarter for the file system's own and for what the initramfs and the boot loader add, and room to work.
        let content = UInt64(max(0, content))
        leastRoot = content + content / 4 + (512 << 20)
    }

    /// The label of a root's partition; nil for the only root.
    package static func rootLabel(_ slot: RootSlot?) -> String {
        prefix + "root" + (slot.map { "-\($0.rawValue)" } ?? "")
    }

    /// The number of a root's partition; nil for the only root.
    package static func rootNumber(_ slot: RootSlot?) -> Int { slot == .b ? rootNumber + 1 : rootNumber }

    /// The label of the partition that holds the root's /boot.
    package static func bootLabel(_ slot: RootSlot?) -> String {
        prefix + "boot" + (slot.map { "-\($0.rawValue)" } ?? "")
    }

    /// The label of what lies beside the roots. No path can be one of the other labels.
    package static func label(of extra: ExtraFileSystem) -> String { prefix + (extra.path ?? "swap") }

    package static func isOwnLabel(_ label: String) -> Bool { label.hasPrefix(prefix) }

    /// - Parameter guid: makes the identifier of each partition.
    package func plan(_ guid: () -> DiskGUID) throws(MusterError) -> PartitionPlan {
        guard let rootType = PartitionType.root(architecture: architecture) else {
            throw MusterError(.unsupported, "there is no type of partition for the root of \(architecture)")
        }
        let slots: [RootSlot?] = layout == .ab ? RootSlot.allCases : [nil]
        let roots = slots.map { slot in
            PartitionPlan.Wish(
                rootType, .rest(minimum: leastRoot), label: Self.rootLabel(slot), guid: guid(),
                attributes: .growFileSystem)
        }
        let loader: [PartitionPlan.Wish] = [
            .init(.biosBoot, .octets(Self.biosSize), label: Self.prefix + "bios", guid: guid()),
            .init(.efiSystem, .octets(Self.efiSize), label: Self.prefix + "efi", guid: guid()),
        ]
        let boots = (hasBoot ? slots : []).map { slot in
            PartitionPlan.Wish(
                .extendedBoot, .octets(Self.bootSize), label: Self.bootLabel(slot), guid: guid(),
                attributes: .noAutomaticMount)
        }
        let others = extras.map { extra in
            PartitionPlan.Wish(
                Self.type(of: extra), .octets(octets(of: extra)), label: Self.label(of: extra), guid: guid(),
                attributes: .noAutomaticMount)
        }
        // At the end, where it stays whatever becomes of the roots.
        let stores = store.map { size in
            PartitionPlan.Wish(
                .linuxGeneric, .octets(size), label: Self.fillLabel, guid: guid(), attributes: .noAutomaticMount)
        }
        return PartitionPlan(loader + roots + boots + others + [stores].compactMap { $0 })
    }

    private static func type(of extra: ExtraFileSystem) -> PartitionType {
        switch extra.path {
        case nil: .swap
        case "/home": .home
        case "/srv": .serverData
        default: .linuxGeneric
        }
    }

    private func octets(of extra: ExtraFileSystem) -> UInt64 {
        let least = UInt64(ExtraFileSystem.leastOctets)
        switch extra.size {
        case .octets(let octets): return max(least, UInt64(octets))
        case .percent(let percent): return max(least, UInt64(disk ?? 0) / 100 * UInt64(percent))
        }
    }

    /// True for a table as this layout makes it, whatever the sizes, with a partition for chunks or without.
    package func matches(_ table: PartitionTable) -> Bool {
        let found = table.partitions.filter { $0.label != Self.fillLabel }
        let wanted = (try? plan({ .unused }).wishes.filter { $0.label != Self.fillLabel }) ?? []
        guard !wanted.isEmpty, wanted.count == found.count else { return false }
        return zip(wanted, found).enumerated().allSatisfy { index, pair in
            pair.1.number == index + 1 && pair.0.type == pair.1.type && pair.0.label == pair.1.label
        }
    }

    /// The same with a partition for the chunks of an image and of the versions after it, where a disk has room for
    /// that. One that is there and large enough stays as it is, and so does what lies in it.
    ///
    /// - Parameters:
    ///   - disk: octets of the disk.
    ///   - table: what the disk has now; nil for nothing that is Muster's.
    package func keepingChunks(
        of root: ImageManifest.Root, on disk: Int64, _ table: PartitionTable?
    ) -> InstallLayout {
        let least = UInt64(ChunkTable.room(octets: root.size, chunks: root.chunks.count))
        let ample = UInt64(ChunkTable.room(octets: root.size / 2 * 3, chunks: root.chunks.count / 2 * 3))
        let present = table.flatMap { table in
            table.partition(labelled: Self.fillLabel).map { $0.size(blockSize: table.blockSize) }
        }
        for size in [present.flatMap { $0 >= least ? $0 : nil }, ample, least].compactMap({ $0 }) {
            var layout = self
            layout.store = size
            if let smallest = try? layout.smallestDisk(), smallest <= disk { return layout }
        }
        return self
    }

    /// Octets of the smallest disk that it fits on.
    package func smallestDisk() throws(MusterError) -> Int64 {
        // What takes a share of the disk grows with it, but slower: each step comes nearer to a disk that is large enough.
        var layout = self
        layout.disk = nil
        while true {
            let needed = Int64(clamping: try layout.plan { .unused }.smallestDisk())
            if let disk = layout.disk, disk >= needed { return disk }
            layout.disk = needed
        }
    }

    /// The name of a partition's device: `vda3`, `nvme0n1p3`.
    package static func device(_ number: Int, of disk: String) -> String {
        disk + (disk.last?.isNumber == true ? "p" : "") + String(number)
    }
}
