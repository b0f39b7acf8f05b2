import DeploymentModel
import DiskFormats
import MusterAgent
import TestSupport
import Testing

@Suite("what lies on a disk")
struct DiskContentProbeTests {
    private static let size: Int64 = 64 << 20

    private func content(_ octets: [UInt64: [UInt8]]) throws -> DiskFacts.Content {
        try DiskContentProbe(size: Self.size, blockSize: 512) { offset, count in
            var found = [UInt8](repeating: 0, count: count)
            for (place, part) in octets.sorted(by: { $0.key < $1.key }) {
                for (index, octet) in part.enumerated() {
                    let at = Int64(place) + Int64(index) - Int64(offset)
                    if (0..<Int64(count)).contains(at) { found[Int(at)] = octet }
                }
            }
            return found
        }.content()
    }

    @Test("an empty disk is empty, and what is known is named")
    func signatures() throws {
        #expect(try content([:]) == .empty)
        #expect(try content([0x438: [0x53, 0xEF]]) == .foreign("an ext file system"))
        #expect(try content([0: Array("XFSB".utf8)]) == .foreign("an XFS file system"))
        #expect(try content([0x10040: Array("_BHRfS_M".utf8)]) == .foreign("a Btrfs file system"))
        #expect(try content([4086: Array("SWAPSPACE2".utf8)]) == .foreign("swap space"))
        #expect(try content([0x218: Array("LVM2 001".utf8)]) == .foreign("a volume of LVM"))
        #expect(try content([510: [0x55, 0xAA], 446: [0x80]]) == .foreign("an MS-DOS partition table"))
        #expect(try content([0x2_0400: [0x0C, 0xB1, 0xBA, 0, 0, 0, 0, 0]]) == .foreign("a part of a ZFS pool"))
        #expect(try content([512: Array("EFI PART".utf8)]) == .foreign("a damaged partition table"))
        // What nobody knows: at the beginning, in the middle, at the end.
        for place in [UInt64(0), 64 << 10, UInt64(Self.size / 2), UInt64(Self.size - 4096)] {
            #expect(try content([place: [7]]) == .foreign("data of an unknown kind"))
        }
    }

    @Test("a disk is Muster's own when all its partitions say so, and its first block does")
    func ownTable() throws {
        var random = SeededGenerator(seed: 1)
        func regions(_ labels: [String]) throws -> [UInt64: [UInt8]] {
            let wishes = labels.map {
                PartitionPlan.Wish(.linuxGeneric, .octets(1 << 20), label: $0, guid: .random(using: &random))
            }
            let table = try PartitionPlan(wishes).table(
                disk: .random(using: &random), blockSize: 512, blockCount: UInt64(Self.size / 512))
            return Dictionary(uniqueKeysWithValues: try table.regions().map { ($0.offset, $0.octets) })
        }
        let own = try regions(["muster-efi", "muster-root"])
        #expect(try content(own) == .muster)
        #expect(try content(try regions(["muster-fill"])) == .fill)
        #expect(try content(try regions(["muster-fill", "muster-root"])) == .muster)
        #expect(try content(try regions(["muster-efi", "data"])) == .foreign("a partition table with 2 partitions"))
        #expect(try content(try regions([])) == .foreign("a partition table with 0 partitions"))
        // The first table overwritten: by whom is not known.
        #expect(try content(own.filter { $0.key != 0 }) == .foreign("a damaged partition table"))
        // The list of partitions overwritten, of which the end of the disk has another: a RAID, perhaps.
        let damaged = own.merging([4096: Array("other".utf8)]) { first, _ in first }
        #expect(try content(damaged) == .foreign("a damaged partition table"))
    }
}
