import DeploymentModel
import MusterBase
import Testing

@Suite("which disk an installation takes")
struct DiskChoiceTests {
    private static let gigabyte: Int64 = 1_000_000_000

    private func disk(
        _ name: String, _ gigabytes: Int64, bus: String = "sata", content: DiskFacts.Content = .empty
    ) -> DiskFacts {
        DiskFacts(
            name: name, links: ["/dev/disk/by-path/\(name)-place"], size: gigabytes * Self.gigabyte,
            model: "Solid \(name)", serial: "S-\(name)", bus: bus, content: content)
    }

    private func choose(_ rule: String, _ disks: [DiskFacts], wipe: Bool = false) throws -> String {
        let rule = try #require(DiskRule(rule))
        return try DiskChoice(rule: rule, needed: 4 * Self.gigabyte, mayWipe: wipe).choose(disks).name
    }

    @Test(
        "a rule takes the smallest or largest of the disks for which all its terms hold",
        arguments: [
            ("smallest", "sdb"), ("largest", "nvme0n1"), ("bus=nvme", "nvme0n1"), ("size>=200G", "sda"),
            ("size<=600G,largest", "sda"), ("model=solid SDC", "sdc"), ("serial=S-sda", "sda"),
            ("path=/dev/disk/by-path/sdc-place", "sdc"), ("path=/dev/disk/by-path/sda-place,size>=100G", "sda"),
        ])
    func rule(rule: String, name: String) throws {
        let disks = [disk("sda", 500), disk("sdb", 100), disk("sdc", 150), disk("nvme0n1", 1000, bus: "nvme")]
        #expect(try choose(rule, disks) == name)
    }

    @Test(
        "chunks of a root take an empty disk or one that has them; a system takes that too, and never gives way to them"
    )
    func fill() throws {
        let rule = try #require(DiskRule("smallest"))
        func choose(_ disks: [DiskFacts], wipe: Bool = false) throws -> String {
            try DiskChoice(rule: rule, needed: Self.gigabyte, mayWipe: wipe, purpose: .fill).choose(disks).name
        }
        let installed = disk("sda", 10, content: .muster)
        #expect(try choose([installed, disk("sdb", 20), disk("sdc", 20, content: .fill)]) == "sdc")
        let error = #expect(throws: MusterError.self) { try choose([installed]) }
        #expect(
            error?.message == "no disk can take the root file system: sda holds a system that Muster installed",
            "\(error?.message ?? "")")
        #expect(error?.advice?.contains("deployment.disk_wipe=true") == true)
        #expect(try choose([installed], wipe: true) == "sda")
        #expect(try self.choose("smallest", [disk("sda", 10, content: .fill)]) == "sda")
    }

    @Test("a rule is brought to one form, and what is none is refused")
    func text() {
        #expect(DiskRule(" bus=nvme , size>=1000G,smallest")?.description == "bus=nvme,size>=1T,smallest")
        let wrong = [
            "", "biggest", "smallest,largest", "size>=100", "size>=G", "size>100G", "size>=-1G", "bus=floppy", "model=",
            "path=sda", "path=/dev/sda", "path=/dev/disk/by-path/../../sda", "smallest,", "serial=a\nb",
            "size>=99999999999999P",
        ]
        for text in wrong { #expect(DiskRule(text) == nil, "\(text)") }
    }

    @Test("each disk that cannot be taken is named with its reason")
    func reasons() throws {
        var busy = disk("sda", 500)
        busy.user = "/boot"
        var fixed = disk("sdb", 500)
        fixed.isReadOnly = true
        var stick = disk("sdc", 64, bus: "usb")
        stick.isRemovable = true
        let disks = [busy, fixed, stick, disk("sdd", 2), disk("sde", 500, content: .foreign("an XFS file system"))]
        let error = try #require(throws: MusterError.self) { try choose("smallest", disks) }
        #expect(
            error.message == "no disk can take the system: sda is in use by /boot; sdb can only be read; "
                + "sdc is removable, and not named by serial or path; "
                + "sdd is too small: it has 2000 MB, 4000 MB are needed; "
                + "sde holds an XFS file system that Muster did not make")
        #expect(error.advice?.contains("deployment.disk_wipe=true") == true)
        #expect(try choose("smallest", disks, wipe: true) == "sde")
        #expect(try choose("serial=S-sdc", disks) == "sdc")
        let twice = try #require(throws: MusterError.self) {
            try choose("serial=S-sde", [disk("sde", 10), DiskFacts(name: "sdf", size: 1 << 40, serial: "S-sde")])
        }
        #expect(twice.message == "deployment.disk (serial=S-sde) fits several disks: sde, sdf")
        let none = try #require(throws: MusterError.self) { try choose("bus=mmc", [disk("sda", 500)]) }
        #expect(none.message.hasSuffix("sda is not what deployment.disk asks for (bus=mmc)"))
        #expect(none.advice?.contains("disk_wipe") == false)
        let empty = try #require(throws: MusterError.self) { try choose("smallest", []) }
        #expect(empty.message.hasSuffix("this machine has none"))
    }

    @Test("without a word about size the disk with Muster's system is taken again")
    func keeps() throws {
        let disks = [disk("sda", 10), disk("sdb", 500, content: .muster)]
        func taken(_ terms: [DiskRule.Term]) throws -> String {
            try DiskChoice(rule: DiskRule(terms), needed: 1, mayWipe: false).choose(disks).name
        }
        #expect(try taken([]) == "sdb")
        #expect(try taken([.bus("sata")]) == "sdb")
        #expect(try taken([.smallest]) == "sda")
    }

    @Test("a disk at USB is taken only when it is asked for, and one that cannot be read never")
    func usb() throws {
        let disks = [disk("sda", 10, bus: "usb"), disk("sdb", 20)]
        #expect(try choose("smallest", disks) == "sdb")
        #expect(try choose("bus=usb", disks) == "sda")
        #expect(try choose("serial=S-sda", disks) == "sda")
        let broken = try #require(throws: MusterError.self) {
            try choose("serial=S-sdc", [disk("sdc", 20, content: .unreadable)], wipe: true)
        }
        #expect(broken.message.hasSuffix("sdc cannot be read"))
    }

    @Test("of equal disks the one with Muster's system is taken again, else the first by name")
    func equals() throws {
        #expect(try choose("smallest", [disk("sdb", 10), disk("sda", 10)]) == "sda")
        #expect(try choose("smallest", [disk("sda", 10), disk("sdb", 10, content: .muster)]) == "sdb")
        #expect(try choose("smallest", [disk("sdaa", 10), disk("sdz", 10)]) == "sdz")
        // What is foreign is left alone also when it is the only one of that size.
        let foreign = disk("sda", 10, content: .foreign("an ext file system"))
        #expect(try choose("smallest", [foreign, disk("sdb", 20)]) == "sdb")
    }
}
