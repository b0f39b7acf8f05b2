import Lab
import LinuxSystem
import MusterBase
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A machine of the lab installs an image that has systemd-boot and no GRUB, to a root of btrfs.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_FULL_TESTS"] != nil, "an installation: see ./test full"))
struct SystemdBootTests {
    @Test("an image with systemd-boot starts by it, and the next kernel that is installed gets its entry there")
    func wholeWay() async throws {
        let site = try await SystemSite.ready()
        let machine = site.machine(21, .uefi, disks: [6144])
        let recipes = try TemporaryDirectory()
        try await site.makeInstallProfile(
            "sdboot", image: "debian-12-sdboot", from: try recipe(in: recipes), install: "{filesystem: btrfs}")
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, "sdboot", "--yes", "--force")
            try await lab.start(machine.name)
            try await site.waitUntilDeployed(machine.name)
            let system = try await site.ssh(
                lab, machine,
                """
                awk '$2 == "/" { print $3 }' /proc/mounts; systemctl is-system-running --wait
                grep -c -w 'root=PARTUUID=[-0-9a-f]* ro .*muster.installed=1' /proc/cmdline
                bootctl --esp-path=/boot/efi status | grep -c 'Product: systemd-boot'
                efibootmgr | grep -c 'BootCurrent: '
                kernel-install remove "$(uname -r)" && ls /boot/efi/loader/entries | wc -l
                update-initramfs -u >/dev/null && ls /boot/efi/loader/entries && sync
                """)
            let kernel = try await site.ssh(lab, machine, "uname -r").output
            #expect(
                system.output == "btrfs\nrunning\n1\n1\n1\n0\nmuster-\(kernel.dropLast()).conf\n",
                "\(system.output) \(system.errors)")
            try await lab.reset(machine.name)
            try await waitForState(
                otherwise: "\(machine.name) did not start by the entry that its distribution made",
                limit: .seconds(300), every: .milliseconds(500)
            ) {
                try await site.ssh(lab, machine, "cat /root/onboot").output == "onboot\nonboot\n" ? () : nil
            }
        }
    }

    /// That of a Debian on a disk, with another boot loader.
    private func recipe(in directory: TemporaryDirectory) throws -> String {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let packages = ["grub2-common", "grub-pc-bin", "grub-efi-amd64-bin"]
        let text = try Files.readText("\(repository)/recipes/debian-12-disk.yaml", limit: 1 << 16)
            .replacingOccurrences(of: "name: debian-12-disk", with: "name: debian-12-sdboot")
            .replacingOccurrences(of: "  - efibootmgr\n", with: "  - efibootmgr\n  - systemd-boot\n  - btrfs-progs\n")
        let lines = text.split(separator: "\n").filter { line in !packages.contains { line == "  - \($0)" } }
        try directory.write(lines.joined(separator: "\n") + "\n", to: "debian-12-sdboot.yaml")
        return directory.path("debian-12-sdboot.yaml")
    }
}
