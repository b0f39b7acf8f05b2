import DiskFormats
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("partition table")
struct PartitionTableTests {
    static let disk = TestDisk.guid(1)

    /// A disk of 64 MiB with partitions of several kinds.
    static func table(blockSize: Int = 512) throws -> PartitionTable {
        try TestDisk.plan.table(
            disk: disk, blockSize: blockSize, blockCount: (64 << 20) / UInt64(blockSize))
    }

    @Test("a table comes back as it was written, for every size of blocks", arguments: [512, 1024, 2048, 4096, 65536])
    func roundTrip(blockSize: Int) throws {
        let table = try Self.table(blockSize: blockSize)
        var disk = TestDisk(octets: 64 << 20)
        try disk.write(table)
        let found = try disk.read(blockSize: blockSize)
        #expect(found.table == table)
        #expect(found.damage == nil)
        #expect(found.hasProtectiveRecord)
        #expect(found.table.partitions.map(\.label) == ["bios", "esp", "root", "größer, 大きい 💽"])
        #expect(found.table.partitions[1].attributes == [.required])
    }

    @Test("the octets are where the specification has them")
    func layout() throws {
        var disk = TestDisk(octets: 64 << 20)
        try disk.write(try Self.table(), bootCode: [0xEB, 0x63])
        let octets = disk.octets
        #expect(octets[..<2] == [0xEB, 0x63])
        #expect(octets[446..<462] == [0, 0, 2, 0, 0xEE, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0xFF, 0xFF, 1, 0])
        #expect(octets[510..<512] == [0x55, 0xAA])
        #expect(octets[512..<520].elementsEqual(Array("EFI PART".utf8)))
        // Revision 1.0, 92 octets.
        #expect(octets[520..<528] == [0, 0, 1, 0, 92, 0, 0, 0])
        // The type of BIOS boot partitions spells "Hah!IdontNeedEFI" as it lies on the disk.
        #expect(octets[1024..<1040].elementsEqual(Array("Hah!IdontNeedEFI".utf8)))
        let last = octets.count - 512
        #expect(octets[last..<last + 8].elementsEqual(Array("EFI PART".utf8)))
        #expect(octets[(last - 16384)..<last] == octets[1024..<17408])
    }

    @Test("a damaged first table is told of, and the second taken")
    func secondTable() throws {
        for place in [512, 540, 1024, 1500, 17407] {
            var disk = TestDisk(octets: 64 << 20)
            try disk.write(try Self.table())
            disk.octets[place] ^= 1
            let found = try disk.read(blockSize: 512)
            #expect(found.table.partitions.count == 4, "\(place)")
            #expect(found.damage != nil, "\(place)")
            disk.octets[disk.octets.count - 500] ^= 1
            #expect(caughtError { _ = try disk.read(blockSize: 512) }?.code == .malformed, "\(place)")
        }
    }

    @Test("a disk without a table, and one of none or few blocks, has none")
    func missing() throws {
        #expect(caughtError { _ = try TestDisk(octets: 1 << 20).read(blockSize: 512) }?.code == .notFound)
        for count in [0, 512, 1024, 1536] {
            #expect(caughtError { _ = try TestDisk(octets: count).read(blockSize: 512) }?.code == .notFound)
        }
        #expect(
            caughtError { _ = try PartitionTable.read(blockSize: 0, blockCount: 9) { _, _ in [] } }?.code
                == .invalidInput)
        #expect(
            caughtError { _ = try PartitionTable.read(blockSize: 4096, blockCount: .max) { _, _ in [] } }?.code
                == .invalidInput)
    }

    @Test("a table that was made for a larger disk is refused")
    func shrunken() throws {
        var disk = TestDisk(octets: 64 << 20)
        try disk.write(try Self.table())
        disk.octets.removeLast(1 << 20)
        #expect(caughtError { _ = try disk.read(blockSize: 512) }?.code == .malformed)
    }

    @Test("partitions that overlap, lie in the table or share a GUID are not written")
    func refused() throws {
        let changes: [(inout PartitionTable) -> Void] = [
            { $0.partitions[1].firstBlock -= 1 },
            { $0.partitions[0].firstBlock = 33 },
            { $0.partitions[3].lastBlock = $0.blockCount - 1 },
            { $0.partitions[2].lastBlock = $0.partitions[2].firstBlock - 1 },
            { $0.partitions[2].guid = $0.partitions[1].guid },
            { $0.partitions[2].number = 1 },
            { $0.partitions[2].number = 0 },
            { $0.partitions[2].number = 129 },
            { $0.partitions[2].label = String(repeating: "x", count: 37) },
            { $0.partitions[2].label = "a\0b" },
        ]
        for (index, change) in changes.enumerated() {
            var table = try Self.table()
            change(&table)
            #expect(caughtError { _ = try table.regions() }?.code == .invalidInput, "\(index)")
        }
        #expect(caughtError { _ = try Self.table().regions(bootCode: .init(repeating: 0, count: 441)) } != nil)
    }

    @Test("5,000 damaged tables with good check sums are read or refused, and never end the program")
    func hostile() throws {
        var disk = TestDisk(octets: 100 * 512)
        try disk.write(try PartitionTable(disk: Self.disk, blockSize: 512, blockCount: 100))
        // Without its second table.
        disk.octets[99 * 512] = 0
        var random = SeededGenerator(seed: 3)
        let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF]
        var refused = 0
        for _ in 0..<5000 {
            var copy = disk
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                // Header fields behind the sum, or the first entries.
                let isHeader = Bool.random(using: &random)
                let place = Int.random(in: isHeader ? 536..<604 : 1024..<1408, using: &random)
                copy.octets[place] = interesting.randomElement(using: &random) ?? 0
            }
            copy.mend()
            do { _ = try copy.read(blockSize: 512).table.regions() } catch { refused += 1 }
        }
        #expect(refused > 1000 && refused < 5000)
    }

    @Test("sfdisk and sgdisk find what was written", .enabled(if: TestDisk.hasPartitioners))
    func others() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/disk"
            var disk = TestDisk(octets: 64 << 20)
            let table = try Self.table()
            try disk.write(table)
            try Files.write(disk.octets, to: path)
            let listed = try await SystemToolRunner().check(TestDisk.sfdisk, ["--json", path], doing: "listing").text
                .lowercased()
            for partition in table.partitions {
                #expect(listed.contains("\"uuid\": \"\(partition.guid)\""))
                #expect(listed.contains("\"type\": \"\(partition.type.guid)\""))
                #expect(listed.contains("\"start\": \(partition.firstBlock)"))
                #expect(listed.contains("\"size\": \(partition.blockCount)"))
            }
            #expect(listed.contains("\"id\": \"\(Self.disk)\""))
            let verdict = try await SystemToolRunner().check(
                TestDisk.sgdisk, ["--verify", path], doing: "verifying")
            #expect(verdict.text.contains("No problems found"))
        }
    }

    @Test("what sfdisk writes is read", .enabled(if: TestDisk.hasPartitioners))
    func foreign() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/disk"
            try Files.write([UInt8](repeating: 0, count: 64 << 20), to: path)
            let script = """
                label: gpt
                label-id: \(Self.disk)
                table-length: 256
                start=4096, size=8192, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="boot"
                type=linux, name="data", attrs="GUID:59"

                """
            _ = try await SystemToolRunner().check(
                TestDisk.sfdisk, ["--quiet", path], ToolOptions(standardInput: Array(script.utf8)), doing: "making")
            let found = try TestDisk(try Files.read(path, limit: 65 << 20)).read(blockSize: 512)
            #expect(found.table.disk == Self.disk)
            #expect(found.table.partitions.map(\.label) == ["boot", "data"])
            #expect(found.table.partitions.map(\.type) == [.efiSystem, .linuxGeneric])
            #expect(found.table.partitions[0].firstBlock == 4096)
            #expect(found.table.partitions[0].lastBlock == 12287)
            #expect(found.table.partitions[1].attributes == .growFileSystem)
            #expect(found.table.partition(labelled: "data")?.number == 2)
        }
    }
}
