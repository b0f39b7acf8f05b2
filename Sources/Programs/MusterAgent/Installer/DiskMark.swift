import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Marks a disk that an installer has partitioned as one of Muster's, by the labels of its partitions: so the next
/// installation knows it again, and does not take what is on it for somebody else's.
package enum DiskMark {
    /// The table with labels of Muster's own; nil when it has them.
    package static func marked(_ table: PartitionTable) -> PartitionTable? {
        guard table.partitions.contains(where: { !InstallLayout.isOwnLabel($0.label) }) else { return nil }
        var table = table
        for index in table.partitions.indices where !InstallLayout.isOwnLabel(table.partitions[index].label) {
            let partition = table.partitions[index]
            let name = partition.label.isEmpty ? "\(partition.number)" : partition.label
            // As many UTF-16 words as the table has room for.
            table.partitions[index].label = String(decoding: "muster-\(name)".utf16.prefix(36), as: UTF16.self)
        }
        return table
    }

    /// Disks without a GUID partition table are left as they are.
    ///
    /// - Parameter path: of the disk, whose file systems may be in use.
    static func put(on path: String) throws {
        guard let disk = DiskScan().disks().first(where: { $0.path == path }), let found = DiskScan().table(of: disk),
            let table = marked(found)
        else { return }
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw systemError("cannot open \(path)") }
        defer { close(file) }
        // What BIOS starts from stays.
        let bootCode = try PlacedOctets.read(440, of: file, at: 0, orSay: "cannot read \(path)")
        for region in try table.regions(bootCode: bootCode) {
            try PlacedOctets.write(region.octets, to: file, at: region.offset, orSay: "cannot write to \(path)")
        }
        guard fsync(file) == 0 else { throw systemError("cannot bring the partition table to \(path)") }
    }
}
