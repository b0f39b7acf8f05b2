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

/// Machines of the lab are installed by the real installer of Debian 13.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_FULL_TESTS"] != nil, "an installation: see ./test full"))
struct DebianInstallerTests {
    private static let medium = "debian-13-netboot-amd64"
    private static let profile = "debian-13"

    @Test(
        "a machine is installed by debian-installer, starts from its disk and is known by the site's certificates",
        arguments: [LabFirmware.uefiSecureBoot, .bios, .uefi])
    func wholeWay(_ firmware: LabFirmware) async throws {
        let site = try await SystemSite.ready()
        let mirror = try await DebianMirror.ready(in: site.stateDirectory)
        try await makeProfile(site, mirror)
        let index = try 22 + #require([LabFirmware.uefiSecureBoot, .bios, .uefi].firstIndex(of: firmware))
        let machine = site.machine(index, firmware, disks: [10240])
        try await site.withLab([machine]) { lab in
            try await mirror.serve(in: lab) {
                try await site.define(machine)
                try await site.muster("deploy", machine.name, Self.profile, "--yes", "--force")
                try await lab.start(machine.name)
                try await site.waitUntilDeployed(machine.name, limit: .seconds(3600))
                try await expectSystem(on: machine, site, lab)
            }
        }
    }

    private func makeProfile(_ site: SystemSite, _ mirror: DebianMirror) async throws {
        if try await !site.muster("media", "list", "--output", "json").contains(Self.medium) {
            try await site.muster("media", "import", mirror.netboot, "--name", Self.medium)
        }
        let path = "\(site.stateDirectory)/public/os/\(Self.profile)"
        if !Files.exists(path) { try await site.muster("profile", "create", Self.profile, Self.medium) }
        let answers = try Files.readText("\(path)/preseed.cfg").split(separator: "\n").filter {
            !$0.hasPrefix("d-i mirror/") && !$0.hasPrefix("d-i apt-setup/services-select")
        }
        let own = [
            "d-i mirror/country string manual", "d-i mirror/protocol string http",
            "d-i mirror/http/hostname string 10.88.0.1:\(DebianMirror.port)",
            "d-i mirror/http/directory string /debian",
            "d-i mirror/http/proxy string", "d-i apt-setup/services-select multiselect",
        ]
        try AtomicFile.write((answers.map(String.init) + own).joined(separator: "\n") + "\n", to: "\(path)/preseed.cfg")
        try AtomicFile.write(try mirror.trustScript(), to: "\(path)/scripts/pre.d/10-mirror")
        for stage in ["post", "firstboot", "onboot"] {
            try AtomicFile.write(
                "#!/bin/sh\nset -e\ntest \"$MUSTER_STAGE\" = \(stage)\necho \(stage) >> /root/\(stage)\n",
                to: "\(path)/scripts/\(stage).d/10-note")
        }
        try await site.muster("profile", "update-boot", Self.profile)
    }

    private func expectSystem(on machine: LabMachine, _ site: SystemSite, _ lab: Lab) async throws {
        let system = try await site.ssh(
            lab, machine,
            """
            . /etc/os-release; echo $ID $VERSION_ID; hostname; systemctl is-system-running --wait
            cat /root/post /root/firstboot /root/onboot; stat -c %a /var/lib/muster-agent/agent.json
            grep -c console=ttyS0,115200n8 /proc/cmdline
            od -An -tu1 -j4 -N1 /sys/firmware/efi/efivars/SecureBoot-* 2>/dev/null || echo none
            """)
        let secureBoot = machine.firmware == .uefiSecureBoot ? "   1" : machine.firmware == .uefi ? "   0" : "none"
        #expect(
            system.output == "debian 13\n\(machine.name)\nrunning\npost\nfirstboot\nonboot\n600\n1\n\(secureBoot)\n",
            "\(system.output) \(system.errors)")
    }
}
