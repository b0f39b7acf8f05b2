import DeploymentModel
import DiskFormats
import Glibc
import LinuxSystem
import MusterAPI
import MusterAgent
import MusterBase
import TestSupport
import Testing

@Suite("two roots on a disk")
struct TwoRootsTests {
    private static let gibibyte: Int64 = 1 << 30

    private func layout(_ content: Int64 = gibibyte, _ layout: InstallSettings.Layout = .ab) -> InstallLayout {
        InstallLayout(architecture: "x86_64", content: content, layout: layout)
    }

    private func table(_ layout: InstallLayout, gibibytes: UInt64) throws -> PartitionTable {
        var random = SeededGenerator(seed: 7)
        return try layout.plan { .random(using: &random) }.table(
            disk: .random(using: &random), blockSize: 512, blockCount: (gibibytes << 30) / 512)
    }

    @Test("both roots have the same size, and together with the loader's partitions they fill the disk")
    func layouts() throws {
        let found = try table(layout(), gibibytes: 8)
        #expect(found.partitions.map(\.label) == ["muster-bios", "muster-efi", "muster-root-a", "muster-root-b"])
        #expect(found.partitions[2].blockCount == found.partitions[3].blockCount)
        #expect(found.partitions[2].type == .rootX8664 && found.partitions[3].type == .rootX8664)
        #expect(found.partitions[3].size(blockSize: 512) > 3800 << 20)
        // 1.25 times the content and 512 MiB for each root, 513 MiB for the loader, 2 MiB for the tables.
        #expect(try layout().smallestDisk() == (2 * (1280 + 512) + 513 + 2) << 20)
        #expect(try layout(Self.gibibyte, .single).smallestDisk() == (1280 + 512 + 513 + 2) << 20)
        #expect(layout().matches(found) && !layout(0, .single).matches(found))
    }

    @Test("an installation goes beside the good root, and takes the whole disk where there is none")
    func placement() throws {
        let found = try table(layout(), gibibytes: 8)
        let good = RootChoice.first(.a).accepting(.a)
        func decide(_ table: PartitionTable?, _ choice: RootChoice?) throws -> RootPlacement {
            try RootPlacement.decide(layout(), table: table, choice: choice, mayWipe: false)
        }
        #expect(try decide(found, good) == .beside(good: .a, found))
        #expect(try decide(found, good).slot == .b)
        // One on trial is replaced, and never the good one.
        #expect(try decide(found, good.onTrial(.b)).slot == .b)
        #expect(try decide(found, good.onTrial(.b).accepting(.b)).slot == .a)
        #expect(try decide(found, .first(.a)) == .wholeDisk(.a))
        #expect(try decide(found, nil) == .wholeDisk(.a))
        #expect(try decide(nil, good) == .wholeDisk(.a))
        let single = layout(Self.gibibyte, .single)
        // A disk of another layout: its good root does not go without a word.
        let other = try table(single, gibibytes: 8)
        #expect(try decide(other, nil) == .wholeDisk(.a))
        #expect(caughtError { _ = try decide(other, good) }?.message.contains("root a on it is good") == true)
        #expect(try RootPlacement.decide(layout(), table: other, choice: good, mayWipe: true) == .wholeDisk(.a))
        #expect(
            try RootPlacement.decide(single, table: found, choice: good, mayWipe: false) == .wholeDisk(nil))
    }

    @Test("an image that does not fit beside the good root is refused, unless the disk may be wiped")
    func tooLarge() throws {
        let found = try table(layout(), gibibytes: 8)
        let good = RootChoice.first(.a).accepting(.a)
        let larger = layout(4 * Self.gibibyte)
        let error = caughtError { _ = try RootPlacement.decide(larger, table: found, choice: good, mayWipe: false) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("does not fit beside the root in use: root b has 4024 MB") == true)
        #expect(try RootPlacement.decide(larger, table: found, choice: good, mayWipe: true) == .wholeDisk(.a))
    }

    @Test("a root is on trial until it is accepted; a rejected one makes the machine return")
    func choice() {
        let first = RootChoice.first(.a)
        #expect(first.standing(of: .a) == .onTrial(returns: false) && first.standing(of: .b) == .unknown)
        let good = first.accepting(.a)
        #expect(good.standing(of: .a) == .good && good.standing(of: .b) == .unknown)
        let trial = good.onTrial(.b)
        #expect(trial.tries == .left(3) && trial.good == .a)
        #expect(trial.standing(of: .b) == .onTrial(returns: true))
        #expect(trial.standing(of: .a) == .returned(.left(3)))
        #expect(trial.rejecting().standing(of: .a) == .returned(.rejected))
        #expect(trial.withoutTrial().standing(of: .a) == .good)
        #expect(trial.accepting(.b).standing(of: .b) == .good)
        for choice in [first, good, trial, trial.rejecting()] { #expect(RootChoice(choice.environment) == choice) }
        let damaged = RootChoice(GRUBEnvironment(["muster_good": "c", "muster_trial": "b", "muster_tries": "many"]))
        #expect(damaged.good == nil && damaged.trial == .b && damaged.tries == .left(0))
    }

    @Test("the choice is written into the blocks that the file has")
    func inPlace() throws {
        let directory = try TemporaryDirectory()
        let file = RootChoiceFile(at: directory.path("muster.env"))
        func inode() -> UInt64 {
            var status = stat()
            return stat(file.path, &status) == 0 ? UInt64(status.st_ino) : 0
        }
        try file.write(.first(.a))
        let before = inode()
        try file.write(RootChoice.first(.a).accepting(.a))
        #expect(before != 0 && inode() == before && Files.size(file.path) == 1024)
        #expect(try file.read().good == .a)
        try Files.write("x", to: file.path)
        #expect(throws: MusterError.self) { try file.read() }
    }

    @Test("GRUB understands the menu, which counts three starts down and looks for the roots by their UUIDs")
    func menu() async throws {
        var random = SeededGenerator(seed: 3)
        let (a, b) = (DiskGUID.random(using: &random), DiskGUID.random(using: &random))
        let text = RootMenu(a: a, b: b, kernelArguments: ["console=ttyS1,57600"]).text
        #expect(text.contains("serial --unit=1 --speed=57600\nterminal_input console serial\n"))
        for line in [
            "if [ \"$muster_tries\" = 1 ]; then set muster_next=0",
            "elif [ \"$muster_tries\" = 3 ]; then set muster_next=2",
            "if [ \"$muster_root\" = b ]; then\n  search --no-floppy --fs-uuid --set=root \(b)\nelse\n"
                + "  search --no-floppy --fs-uuid --set=root \(a)\n",
            "set muster_arguments=\"muster.trial panic=10",
        ] { #expect(text.contains(line), "\(line)") }
        #expect(text.contains("source \"($root)/boot/grub/grub.cfg\""))
        let ofBoot = RootMenu(a: a, b: b, kernelArguments: [], hasBoot: true).text
        #expect(ofBoot.contains("source \"($root)/grub/grub.cfg\""))
        guard Tool.grubScriptCheck.installedPath != nil else { return }
        let directory = try TemporaryDirectory()
        try Files.write(text, to: directory.path("grub.cfg"))
        _ = try await SystemToolRunner().check(
            .grubScriptCheck, [directory.path("grub.cfg")], doing: "reading the menu")
    }

    @Test("the kernel's line of a system on such a disk ends with what GRUB's menu sets")
    func kernelLine() {
        func line(_ hasTwoRoots: Bool) -> String {
            let changes = InstalledFiles(
                rootPartition: "r", efiPartition: "e", fileSystem: .ext4, kernelArguments: ["quiet"], fileSystems: "",
                hasTwoRoots: hasTwoRoots
            ).changes
            for case .file("/etc/default/grub.d/muster.cfg", let content, _) in changes {
                return String(decoding: content, as: UTF8.self).split(separator: "\n")
                    .first { $0.hasPrefix("GRUB_CMDLINE_LINUX=") }.map(String.init) ?? ""
            }
            return ""
        }
        #expect(line(true) == "GRUB_CMDLINE_LINUX=\"quiet \\$muster_arguments\"")
        #expect(line(false) == "GRUB_CMDLINE_LINUX=\"quiet\"")
    }

    @Test("the deadline is a unit that is started for a root on trial alone, and goes off after the profile's minutes")
    func deadline() {
        let changes = TrialDeadline.changes(minutes: 40)
        let texts = changes.compactMap { change in
            if case .file(_, let content, _) = change { String(decoding: content, as: UTF8.self) } else { nil }
        }
        #expect(texts.count == 2)
        #expect(texts.first?.contains("\nConditionKernelCommandLine=muster.trial\n") == true)
        #expect(texts.first?.contains("\nOnBootSec=40min\n") == true)
        #expect(texts.last?.contains("\nConditionPathExists=!/run/muster-agent/healthy\nSuccessAction=reboot") == true)
        #expect(changes.contains { $0.path == "/etc/systemd/system/sysinit.target.wants/muster-trial.timer" })
    }
}

@Suite("a root on trial, seen from the running systems")
struct RootTrialTests {
    private let directory: TemporaryDirectory
    private let file: RootChoiceFile

    init() throws {
        directory = try TemporaryDirectory()
        file = RootChoiceFile(at: directory.path("muster.env"))
    }

    private func trial(_ slot: RootSlot) -> RootTrial {
        RootTrial(slot: slot, file: file, runtimeDirectory: directory.path("run"))
    }

    private func state(_ slot: RootSlot) throws -> AgentState {
        let configuration = NodeConfiguration(
            node: "n1", hostname: "n1", domain: nil, deployment: "first", profile: "disk", method: .installtodisk,
            image: ImageAssignment(
                reference: try #require(ImageReference("debian@1")),
                manifestDigest: try #require(ContentDigest(octets: [UInt8](repeating: 0, count: 32))), chunkKey: ""),
            interfaces: [], dnsServers: [], ntpServers: [], timeZone: nil, locale: nil, keyboard: nil, rootKeys: [],
            rootPasswordCrypt: nil, userAuthority: nil, knownHosts: [], onbootScripts: [], members: [],
            heartbeatInterval: 30)
        return AgentState(
            key: Secret([UInt8](repeating: 1, count: 32)), configuration: configuration, members: [],
            events: EventQueue(), slot: slot)
    }

    private func leaveNotice() throws {
        try TrialNotice(
            key: Secret([UInt8](repeating: 2, count: 32)), deployment: "second",
            image: try #require(ImageReference("debian@2"))
        ).save(in: directory.path)
    }

    @Test("a healthy root becomes the good one, and the deadline has no effect any more")
    func accepted() throws {
        try file.write(RootChoice.first(.a).accepting(.a).onTrial(.b))
        #expect(trial(.b).returns && trial(.b).triesLeft == 3 && !trial(.a).returns)
        try trial(.a).accept()
        #expect(try file.read().good == .a && !Files.exists(directory.path("run/healthy")))
        try trial(.b).accept()
        #expect(try file.read().standing(of: .b) == .good)
        #expect(Files.exists(directory.path("run/healthy")) && !trial(.b).returns)
    }

    @Test("a root that the machine returned to speaks by the key in force, of the deployment that failed, and once")
    func returned() throws {
        let former = try state(.a)
        try former.save(in: directory.path)
        try leaveNotice()
        try file.write(RootChoice.first(.a).accepting(.a).onTrial(.b))
        try trial(.b).reject()
        let back = try trial(.a).takeBack(former, directory: directory.path)
        #expect(back.deployment == "second" && back.image == former.image)
        #expect(try back.agentKey().reveal() == [UInt8](repeating: 2, count: 32))
        #expect(back.setback?.image.description == "debian@2" && back.setback?.isTold == false)
        #expect(back.setback?.outcome == "did not become healthy")
        #expect(try AgentState.load(from: directory.path).setback == back.setback)
        #expect(try file.read().standing(of: .a) == .good)
        #expect(!Files.exists(directory.path("trial.json")))
        #expect(try trial(.a).takeBack(back, directory: directory.path).deployment == "second")
    }

    @Test("what became of the other root is told in words")
    func outcomes() throws {
        let former = try state(.a)
        for (tries, words) in [
            ("0", "was started 3 times and did not become healthy"),
            ("2", "was not started, as the boot loader could not count its starts"),
        ] {
            try leaveNotice()
            try Files.write(
                try GRUBEnvironment(["muster_good": "a", "muster_trial": "b", "muster_tries": tries]).encoded(),
                to: file.path)
            let back = try trial(.a).takeBack(former, directory: directory.path)
            #expect(back.setback?.outcome == words)
        }
    }

    @Test("a root that is good or on trial itself takes nothing back")
    func stays() throws {
        let state = try state(.b)
        try leaveNotice()
        for choice in [RootChoice.first(.b), RootChoice.first(.a).accepting(.a).onTrial(.b), .first(.b).accepting(.b)] {
            try file.write(choice)
            let found = try trial(.b).takeBack(state, directory: directory.path)
            #expect(found.deployment == "first" && found.setback == nil)
            #expect(try file.read() == choice)
        }
    }
}
