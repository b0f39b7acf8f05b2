import DiskFormats
import MusterBase
import TestSupport
import Testing

@Suite("partition plan")
struct PartitionPlanTests {
    private func table(_ plan: PartitionPlan, mebibytes: UInt64, blockSize: Int = 512) throws -> PartitionTable {
        try plan.table(
            disk: TestDisk.guid(1), blockSize: blockSize, blockCount: (mebibytes << 20) / UInt64(blockSize))
    }

    @Test("every partition begins and ends at a multiple of 1 MiB, and the rest is what the others leave")
    func places() throws {
        for blockSize in [512, 4096] {
            let table = try table(TestDisk.plan, mebibytes: 64, blockSize: blockSize)
            let offsets = table.partitions.map { $0.offset(blockSize: blockSize) >> 20 }
            let sizes = table.partitions.map { $0.size(blockSize: blockSize) }
            #expect(offsets == [1, 2, 12, 59])
            #expect(sizes == [1 << 20, 10 << 20, 47 << 20, 4 << 20])
            #expect(table.partitions.map(\.number) == [1, 2, 3, 4])
        }
    }

    @Test("the smallest disk is enough, and one that is smaller is refused with what it lacks")
    func smallest() throws {
        #expect(try TestDisk.plan.smallestDisk() == 22 << 20)
        #expect(try table(TestDisk.plan, mebibytes: 22).partitions[2].size(blockSize: 512) == 5 << 20)
        let error = caughtError { _ = try table(TestDisk.plan, mebibytes: 15) }
        #expect(error?.code == .exhausted)
        #expect(error?.message == "the disk is too small: it has 15 MiB, the partitions need 22 MiB, 7 MiB more")
        // Blocks over the last whole MiB do not count.
        let blocks = (22 << 20) / 512 - 1
        let short = caughtError {
            _ = try TestDisk.plan.table(disk: TestDisk.guid(1), blockSize: 512, blockCount: UInt64(blocks))
        }
        #expect(short?.message.hasSuffix(", 1 MiB more") == true)
    }

    @Test("the same wishes give the same octets")
    func deterministic() throws {
        let first = try table(TestDisk.plan, mebibytes: 100).regions()
        #expect(try table(TestDisk.plan, mebibytes: 100).regions() == first)
    }

    @Test("partitions that want the rest get equal parts of it, and no more than there is")
    func equalParts() throws {
        let wishes = (2...4).map {
            PartitionPlan.Wish(.home, .rest(minimum: 4 << 20), label: "", guid: TestDisk.guid($0))
        }
        let table = try table(PartitionPlan(Array(wishes)), mebibytes: 64)
        // 62 MiB beside the tables are 20 for each and 2 for nobody.
        #expect(table.partitions.map { $0.size(blockSize: 512) >> 20 } == [20, 20, 20])
        #expect(table.partitions.map { $0.offset(blockSize: 512) >> 20 } == [1, 21, 41])
        #expect(try PartitionPlan(Array(wishes)).smallestDisk() == 14 << 20)
    }

    @Test("wishes that no disk can fulfil are refused")
    func impossible() throws {
        let rest = PartitionPlan.Wish(.swap, .rest(minimum: 0), label: "", guid: TestDisk.guid(2))
        #expect(caughtError { _ = try table(PartitionPlan([rest, rest]), mebibytes: 64) }?.code == .invalidInput)
        #expect(try table(PartitionPlan([rest]), mebibytes: 3).partitions[0].size(blockSize: 512) == 1 << 20)
        for size: PartitionPlan.Size in [.octets(.max), .octets(UInt64(Int64.max)), .rest(minimum: .max), .octets(0)] {
            let plan = PartitionPlan([.init(.swap, size, label: "", guid: TestDisk.guid(2))])
            #expect(caughtError { _ = try table(plan, mebibytes: 64) }?.code == .invalidInput, "\(size)")
        }
        let many = PartitionPlan(
            (0..<129).map { .init(.home, .octets(1), label: "", guid: TestDisk.guid(UInt8($0))) })
        #expect(caughtError { _ = try table(many, mebibytes: 200) }?.code == .invalidInput)
    }

    @Test("GUIDs are read and written in the text form, and made from octets and random numbers")
    func identifiers() throws {
        let text = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
        #expect(PartitionType.efiSystem.guid.description == text)
        #expect(DiskGUID(text.uppercased()) == PartitionType.efiSystem.guid)
        #expect(DiskGUID("c12a7328") == nil)
        #expect(DiskGUID(custom: [1, 2, 3]) == nil)
        #expect(TestDisk.guid(0xFF).description == "ffffffff-ffff-8fff-bfff-ffffffffffff")
        var random = SeededGenerator(seed: 1)
        let made = (0..<100).map { _ in DiskGUID.random(using: &random) }
        #expect(Set(made).count == 100)
        #expect(made.allSatisfy { $0.description.dropFirst(14).first == "4" })
        #expect(PartitionType.root(architecture: "x86_64") == .rootX8664)
        #expect(PartitionType.root(architecture: "aarch64")?.guid.description == "b921b045-1df0-41c3-af44-4c6f280d3fae")
        #expect(PartitionType.root(architecture: "vax") == nil)
    }
}
