import DeploymentModel
import Lab
import LinuxSystem
import MusterAPI
import MusterBase
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Machines of the lab install an image to their disks and start from there.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct InstallTests {
    /// An installation takes minutes where machines are emulated.
    private static let firmwares: [LabFirmware] =
        ProcessInfo.processInfo.environment["MUSTER_FULL_TESTS"] != nil ? [.bios, .uefi] : [.uefi]

    @Test(
        "a machine installs the image to its disk, starts from it, and has the content that was packed",
        arguments: firmwares)
    func wholeWay(_ firmware: LabFirmware) async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(firmware.isUEFI ? 9 : 8, firmware, disks: [6144])
        try await site.makeInstallProfile("disk")
        try site.addFilesAndPlays(to: "disk", playStages: ["firstboot"])
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, "disk", "--yes", "--force")
            try await lab.start(machine.name)
            // No server for some time in the middle of it all.
            try await lab.waitForConsole(machine.name, toSay: " copied", limit: .seconds(600))
            try await site.kill("musterd", in: lab)
            try await lab.waitForConsole(
                machine.name, toSay: "the root file system has been waiting for the servers", limit: .seconds(120))
            try await lab.start("musterd")
            try await site.waitUntilDeployed(machine.name)
            // As when its power fails just now. Each start goes past the network to the disk, and runs what is to run at
            // each start.
            try await lab.reset(machine.name)
            if firmware.isUEFI {
                // Not by asking on for a minute.
                try await lab.waitForConsole(
                    machine.name, toSay: "NBP filename is boot/end-x86_64.efi", limit: .seconds(120))
            }
            let wanted = "post\nfirstboot\nonboot\nonboot\n"
            var last: SystemSite.Outcome?
            _ = try await waitForState(
                otherwise: "\(machine.name) did not run its scripts again: \(String(describing: last))",
                limit: .seconds(300), every: .milliseconds(500)
            ) {
                last = try? await site.ssh(lab, machine, "cat /root/post /root/firstboot /root/onboot")
                return last?.output == wanted ? true : nil
            }
            try await expectTrace(of: machine, site)
            try await site.expectFiles(on: machine, lab, plays: "\(machine.name) firstboot\n")
            try await expectSystem(on: machine, site, lab)
            try await expectContent(on: machine, site, lab)
            if firmware == .bios { try await expectDelta(on: machine, site, lab) }
        }
    }

    /// Installs the version again: what it is made of lies on the disk.
    private func expectDelta(on machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        try await site.muster("deploy", machine.name, "disk", "--yes", "--force")
        try await lab.reset(machine.name)
        try await site.waitUntilDeployed(machine.name)
        let chunks = try await site.installedChunks(machine.name)
        #expect(chunks.fromServers < 100 && chunks.fromDisk > 3 * chunks.fromServers, "\(chunks)")
        try await expectSystem(on: machine, site, lab)
        try await expectContent(on: machine, site, lab)
    }

    @Test("a disk that is too small and one with foreign data stay as they are, until the operator says otherwise")
    func refused() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(10, disks: [1024, 6144])
        try await site.makeInstallProfile("disk")
        try await site.makeInstallProfile("stopped")
        let script = "#!/bin/sh\necho this cannot go on >&2\nexit 3\n"
        try AtomicFile.write(script, to: "\(site.stateDirectory)/public/os/stopped/scripts/pre.d/20-stop")
        try await site.withLab([machine]) { lab in
            // An ext file system, as far as anybody can see.
            let disk = "\(site.stateDirectory)/lab/machines/\(machine.name).disk1"
            let mark = [UInt8](repeating: 0, count: 0x438) + [0x53, 0xEF]
            try Files.write(mark, to: disk)
            try await site.define(machine)
            try await site.muster("deploy", machine.name, "stopped", "--yes", "--force")
            try await lab.start(machine.name)
            let stopped = try await failure(of: machine, site)
            #expect(stopped.contains("running the pre script 20-stop: 20-stop failed with status 3: this cannot go on"))
            // The machine sees that it was armed anew, and starts by itself.
            try await site.muster("deploy", machine.name, "disk", "--yes", "--force")
            let refusal = try await failure(of: machine, site)
            #expect(refusal.contains("vda is too small: it has 1073 MB, "))
            #expect(refusal.contains("vdb holds an ext file system that Muster did not make"))
            #expect(refusal.contains("deployment.disk_wipe=true"))
            let kept = try await site.onHost("head -c \(mark.count) '\(disk)' | od -An -tx1 -j 1080")
            #expect(kept == " 53 ef\n")
            try await site.muster("node", "set", machine.name, "deployment.disk_wipe=true")
            try await site.muster("deploy", machine.name, "disk", "--yes", "--force")
            try await lab.waitForConsole(
                machine.name, toSay: "partitions: vdb has a partition table", limit: .seconds(300))
        }
    }

    /// Why the deployment of a machine failed, as soon as it did.
    private func failure(of machine: LabMachine, _ site: SystemSite) async throws -> String {
        let status = try await site.wait(for: machine.name) { $0.deployment?.state.isOver == true }
        return try #require(status.deployment?.failure)
    }

    private func expectTrace(of machine: LabMachine, _ site: SystemSite) async throws {
        let trace = try await site.trace(machine.name)
        let steps = trace.events.filter { $0.status == .done }.map(\.step)
        let wanted = [
            Step.enrol, Step.mountRoot, Step.pre, Step.disk, Step.partitions, Step.copy, Step.bootLoader, Step.post,
            Step.staged, Step.firstboot, Step.onboot, Step.deployed,
        ]
        for step in wanted { #expect(steps.contains(step), "\(machine.name) has no step '\(step)': \(steps)") }
        let order = wanted.compactMap { steps.lastIndex(of: $0) }
        #expect(order == order.sorted(), "the steps of \(machine.name) are out of order: \(steps)")
    }

    private func expectSystem(on machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        let system = try await site.ssh(
            lab, machine,
            """
            awk '$2 == "/" { print $1, $3 }' /proc/mounts; hostname; systemctl is-system-running --wait
            stat -c %a /var/lib/muster-agent/agent.json; cat /root/pre-was-here 2>&1 | tail -c 26
            """)
        #expect(
            system.output == "/dev/vda3 ext4\n\(machine.name)\nrunning\n600\nNo such file or directory\n",
            "\(system.output) \(system.errors)")
        let arguments = try await site.ssh(lab, machine, "cat /proc/cmdline")
        #expect(arguments.output.contains("console=ttyS0,115200n8 muster.installed=1"), "\(arguments.output)")
    }

    /// All that the image has and the installation does not change, with owners, modes and times.
    private func expectContent(on machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        let tree = try TemporaryDirectory()
        try await site.muster("image", "unpack", SystemSite.diskImage, tree.path("root"))
        let wanted = try await site.onHost(Self.digest(of: tree.path("root") + "/usr"))
        let found = try await site.ssh(lab, machine, Self.digest(of: "/usr"))
        #expect(found.exitCode == 0 && found.output == wanted, "\(found.output) \(wanted) \(found.errors)")
    }

    /// Shell commands that give digests of the content of all files below a directory, and of what else is known of
    /// them.
    private static func digest(of directory: String) -> String {
        let own = "-path ./lib/muster -prune -o"
        return """
            cd \(directory) && find . \(own) -type f -print | LC_ALL=C sort | xargs -d '\\n' cat | sha256sum
            find . \(own) ! -type d -printf '%p %y %m %U %G %s %T@ %n %l\\n' | grep -v '^./lib/modules/.*/modules\\.' \
            | LC_ALL=C sort | sha256sum
            """
    }
}
