import DeploymentModel
import DiskFormats
import MusterAgent
import MusterBase
import TestSupport
import Testing

@Suite("what lies where on the disk of an installed node")
struct InstallLayoutTests {
    private let root: ImageManifest.Root

    init() throws {
        let digest = try #require(ContentDigest(octets: [UInt8](repeating: 7, count: 32)))
        let chunk = ImageManifest.Chunk(size: 128 << 10, digest: digest)
        root = ImageManifest.Root(size: 100 << 20, digest: digest, chunks: Array(repeating: chunk, count: 800))
    }

    private func layout(_ layout: InstallSettings.Layout = .single) -> InstallLayout {
        InstallLayout(architecture: "x86_64", content: 300 << 20, layout: layout)
    }

    private func table(_ layout: InstallLayout, _ size: Int64) throws -> PartitionTable {
        var random = SeededGenerator(seed: 7)
        return try layout.plan { .random(using: &random) }.table(
            disk: .random(using: &random), blockSize: 512, blockCount: UInt64(size) / 512)
    }

    @Test("chunks are kept behind the roots, with room for the versions to come, and the table is known again")
    func ample() throws {
        for kind in InstallSettings.Layout.allCases {
            let size: Int64 = 20 << 30
            let kept = layout(kind).keepingChunks(of: root, on: size, nil)
            let table = try table(kept, size)
            let last = try #require(table.partitions.last)
            #expect(last.label == "muster-fill" && last.attributes == .noAutomaticMount)
            #expect((150 << 20..<170 << 20).contains(last.size(blockSize: 512)))
            #expect(layout(kind).matches(table) && kept.matches(table))
            #expect(table.partitions.first { $0.label.hasPrefix("muster-root") }?.number == 3)
        }
        let other = try table(layout(.ab).keepingChunks(of: root, on: 20 << 30, nil), 20 << 30)
        #expect(!layout(.single).matches(other))
    }

    @Test("each encrypted root has a partition for its /boot behind the roots; a disk without it is another layout")
    func boots() throws {
        for (kind, labels) in [
            (InstallSettings.Layout.single, ["muster-bios", "muster-efi", "muster-root", "muster-boot"]),
            (.ab, ["muster-bios", "muster-efi", "muster-root-a", "muster-root-b", "muster-boot-a", "muster-boot-b"]),
        ] {
            let layout = InstallLayout(architecture: "x86_64", content: 300 << 20, layout: kind, hasBoot: true)
            let table = try table(layout, 20 << 30)
            #expect(table.partitions.map(\.label) == labels)
            #expect(table.partitions.last?.type == .extendedBoot)
            #expect(layout.matches(table) && !self.layout(kind).matches(table))
        }
    }

    @Test("what lies beside the root gets its share of the disk, behind the roots and before the chunks")
    func extras() throws {
        let extras: [ExtraFileSystem] = [
            .init(.mount("/home"), size: .percent(30), type: .xfs), .init(.mount("/var/log"), size: .octets(1 << 30)),
            .init(.swap, size: .percent(5)),
        ]
        var layout = InstallLayout(architecture: "x86_64", content: 300 << 20, extras: extras)
        #expect(try layout.smallestDisk() > self.layout().smallestDisk() * 100 / 66 + (1 << 30))
        layout.disk = 20 << 30
        let table = try table(layout.keepingChunks(of: root, on: 20 << 30, nil), 20 << 30)
        #expect(
            table.partitions.dropFirst(2).map(\.label)
                == ["muster-root", "muster-/home", "muster-/var/log", "muster-swap", "muster-fill"])
        let sizes = table.partitions.map { $0.size(blockSize: 512) >> 20 }
        #expect((6143...6144).contains(sizes[3]) && sizes[4] == 1024 && (1023...1024).contains(sizes[5]))
        #expect(table.partitions[3].type == .home && table.partitions[5].type == .swap)
        #expect(layout.matches(table) && !self.layout().matches(table))
        // The smallest disk is large enough, and not much larger than what has to be there.
        layout.disk = try layout.smallestDisk()
        #expect(try layout.plan { .unused }.smallestDisk() <= UInt64(layout.smallestDisk()))
    }

    @Test("on a disk with little room there is less for chunks, or nothing; it never makes a disk too small")
    func little() throws {
        let smallest = try layout().smallestDisk()
        #expect(layout().keepingChunks(of: root, on: smallest, nil).store == nil)
        let ample = try #require(layout().keepingChunks(of: root, on: 20 << 30, nil).store)
        let least = try #require(layout().keepingChunks(of: root, on: smallest + Int64(ample) - (2 << 20), nil).store)
        #expect(least < ample && least > 100 << 20)
    }

    @Test("what is there stays where it is when the roots are made anew, unless it is too small")
    func stays() throws {
        let size: Int64 = (20 << 30) + 12_288
        let first = try table(layout().keepingChunks(of: root, on: size, nil), size)
        var larger = root
        larger.size += larger.size / 5
        let second = try table(layout(.ab).keepingChunks(of: larger, on: size, first), size)
        let (before, after) = try (#require(first.partitions.last), #require(second.partitions.last))
        #expect(before.firstBlock == after.firstBlock && before.lastBlock == after.lastBlock)
        larger.size *= 2
        let third = try table(layout().keepingChunks(of: larger, on: size, first), size)
        #expect(try #require(third.partitions.last).firstBlock < before.firstBlock)
    }
}
