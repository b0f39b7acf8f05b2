import DeploymentModel
import MusterAgent
import Testing

@Suite("how long disks are waited for")
struct DiskPatienceTests {
    private func disks(_ names: String...) -> [DiskFacts] {
        names.map { DiskFacts(name: $0, size: 1 << 30, serial: "S-\($0)") }
    }

    /// Whether the search is over at each of these times, in seconds since it began, with the disks that are seen then.
    private func looks(_ rule: String, _ looks: [(seconds: Int, disks: [DiskFacts])]) throws -> [Bool] {
        var patience = DiskPatience(rule: try #require(DiskRule(rule)))
        return looks.map { patience.isOver($0.disks, at: .seconds($0.seconds)) }
    }

    @Test("until none appeared for a while, and each that does begins that anew")
    func settles() throws {
        let (fast, both) = (disks("nvme0n1"), disks("sda", "nvme0n1"))
        let found = try looks("smallest", [(0, []), (1, fast), (6, fast), (7, both), (12, both), (13, both)])
        #expect(found == [false, false, false, false, false, true])
    }

    @Test("a machine without any is looked at for longer, and not for ever")
    func none() throws {
        #expect(try looks("smallest", [(0, []), (39, []), (40, [])]) == [false, false, true])
    }

    @Test("not at all when the disk that is named is there")
    func named() throws {
        let found = try looks("serial=S-sda", [(0, disks("nvme0n1")), (1, disks("nvme0n1", "sda"))])
        #expect(found == [false, true])
    }
}
