import DeploymentModel
import DiskFormats
import MusterBase

/// Recognises what lies on a disk. It errs to the side of what is there: only what Muster made, and what is blank
/// wherever it is looked at, is not foreign.
package struct DiskContentProbe {
    private let size: UInt64
    private let blockSize: Int
    /// Octets from an offset; what is missing counts as the disk's end.
    private let read: (_ offset: UInt64, _ count: Int) throws -> [UInt8]

    package init(size: Int64, blockSize: Int, read: @escaping (_ offset: UInt64, _ count: Int) throws -> [UInt8]) {
        self.size = UInt64(max(0, size))
        self.blockSize = blockSize
        self.read = read
    }

    /// Throws what reading throws.
    package func content() throws -> DiskFacts.Content {
        do {
            let found = try PartitionTable.read(
                blockSize: blockSize, blockCount: size / UInt64(max(1, blockSize)), read)
            return DiskContentProbe.content(of: found)
        } catch let error as MusterError where error.code == .malformed {
            return .foreign("a damaged partition table")
        } catch let error as MusterError where error.code == .notFound {
            return try withoutTable()
        }
    }

    private static func content(of found: PartitionTable.Found) -> DiskFacts.Content {
        let labels = found.table.partitions.map(\.label)
        // Something that was written over a part of Muster's table is somebody else's.
        if found.damage != nil { return .foreign("a damaged partition table") }
        if found.hasProtectiveRecord, labels == [InstallLayout.fillLabel] { return .fill }
        if found.hasProtectiveRecord, !labels.isEmpty, labels.allSatisfy(InstallLayout.isOwnLabel) { return .muster }
        return .foreign("a partition table with \(labels.count) partition\(labels.count == 1 ? "" : "s")")
    }

    private struct Signature {
        let name: String
        let offset: Int
        let octets: [UInt8]

        init(_ name: String, _ offset: Int, _ octets: [UInt8]) {
            self.name = name
            self.offset = offset
            self.octets = octets
        }

        init(_ name: String, _ offset: Int, _ text: String) { self.init(name, offset, Array(text.utf8)) }
    }

    private static let signatures: [Signature] = [
        Signature("an encrypted volume (LUKS)", 0, [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE]),
        Signature("an XFS file system", 0, "XFSB"),
        Signature("an NTFS file system", 3, "NTFS"),
        Signature("an exFAT file system", 3, "EXFAT"),
        Signature("a FAT file system", 54, "FAT"),
        Signature("a FAT file system", 82, "FAT32"),
        Signature("a volume of LVM", 0x018, "LVM2"),
        Signature("a volume of LVM", 0x218, "LVM2"),
        Signature("an ext file system", 0x438, [0x53, 0xEF]),
        Signature("an F2FS file system", 0x400, [0x10, 0x20, 0xF5, 0xF2]),
        Signature("a part of a software RAID", 0, [0xFC, 0x4E, 0x2B, 0xA9]),
        Signature("a part of a software RAID", 0x1000, [0xFC, 0x4E, 0x2B, 0xA9]),
        Signature("swap space", 4086, "SWAPSPACE2"),
        Signature("a squashfs file system", 0, "hsqs"),
        Signature("an ISO 9660 file system", 0x8001, "CD001"),
        Signature("a Btrfs file system", 0x10040, "_BHRfS_M"),
        Signature("a part of a Ceph store", 0, "bluestore block device"),
    ]

    private func withoutTable() throws -> DiskFacts.Content {
        let start = try read(0, 0x11000)
        for signature in Self.signatures {
            let part = start.dropFirst(signature.offset).prefix(signature.octets.count)
            if part.elementsEqual(signature.octets) { return .foreign(signature.name) }
        }
        // The label of ZFS: two in the first 512 KiB, with the magic of an uberblock in each.
        let labels = try read(0, 256 << 10)
        for offset in stride(from: 128 << 10, to: max(128 << 10, labels.count - 8), by: 1024) {
            let magic = labels[offset..<offset + 8]
            if magic.elementsEqual([0x0C, 0xB1, 0xBA, 0, 0, 0, 0, 0]) { return .foreign("a part of a ZFS pool") }
        }
        // The end of a disk holds what RAID controllers and older software RAIDs write.
        if size > 128 << 10 {
            let end = size / 65536 * 65536 - 65536
            let isRAID = try read(end, 4).elementsEqual([0xFC, 0x4E, 0x2B, 0xA9])
            if isRAID { return .foreign("a part of a software RAID") }
        }
        // A boot record: with partitions, or with a boot loader.
        let isRecord = start.count >= 512 && start[510] == 0x55 && start[511] == 0xAA
        if isRecord, start[446..<510].contains(where: { $0 != 0 }) { return .foreign("an MS-DOS partition table") }
        if isRecord { return .foreign("a boot record") }
        return try isBlank() ? .empty : .foreign("data of an unknown kind")
    }

    /// Whether both ends of the disk, and some places between them, hold nothing but one octet, as new disks and erased
    /// ones do. There are more kinds of data than could be known by their signatures.
    private func isBlank() throws -> Bool {
        let end: UInt64 = 1 << 20
        var places: [(offset: UInt64, count: UInt64)] = [(0, end), (size - min(size, end), end)]
        for number in 1..<Self.samples { places.append((size / Self.samples * number, 64 << 10)) }
        var octet: UInt8?
        for place in places {
            let part = try read(place.offset, Int(min(place.count, size - place.offset)))
            guard let first = part.first else { continue }
            guard octet == nil || octet == first, part.allSatisfy({ $0 == first }) else { return false }
            octet = first
        }
        return true
    }

    private static let samples: UInt64 = 16
}
