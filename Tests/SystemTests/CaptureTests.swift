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

/// A running machine becomes an image.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct CaptureTests {
    @Test("a running machine is captured without its secrets, and another one runs what was captured")
    func captures() async throws {
        let site = try await SystemSite.ready()
        let (model, other) = (site.machine(8), site.machine(9, .uefi))
        try await site.withLab([model, other]) { lab in
            try await site.define(model)
            try await site.muster("deploy", model.name, SystemSite.image, "--yes", "--force")
            try await lab.start(model.name)
            try await site.waitUntilDeployed(model.name)
            let prepared = try await site.ssh(lab, model, Self.prepare)
            #expect(prepared.exitCode == 0, "\(prepared.errors)")
            let wanted = try await site.ssh(lab, model, BootTests.contentDigest(of: "/usr/share"))
            try await capture(model, as: "golden", site, lab)
            try await check(site, digest: wanted.output)

            if !Files.exists("\(site.stateDirectory)/public/os/golden/profile.yaml") {
                try await site.muster("profile", "create", "golden", "golden")
            }
            try await site.define(other)
            try await site.muster("deploy", other.name, "golden", "--yes", "--force")
            try await lab.start(other.name)
            try await site.waitUntilDeployed(other.name)
            let found = try await site.ssh(
                lab, other,
                "cat /opt/golden/file; stat -c '%u:%g %a %h' /opt/golden/file; hostname; ls /root/.ssh/id_ed25519")
            #expect(found.output == "golden\n1234:4321 4750 2\n\(other.name)\n", "\(found.output) \(found.errors)")
        }
    }

    @Test(
        "a machine that runs from its disk is captured, and one with a smaller disk and other firmware installs that",
        .enabled(
            if: ProcessInfo.processInfo.environment["MUSTER_FULL_TESTS"] != nil, "two installations: see ./test full"))
    func toSmallerDisk() async throws {
        let site = try await SystemSite.ready()
        let (model, other) = (site.machine(12, disks: [6144]), site.machine(13, .uefi, disks: [3072]))
        try await site.makeInstallProfile(
            "beside",
            install: "{filesystems: [{path: /srv, size: 15%, label: data}, {path: swap, size: 400M}]}")
        try await site.withLab([model, other]) { lab in
            try await site.define(model)
            try await site.muster("deploy", model.name, "beside", "--yes", "--force")
            try await lab.start(model.name)
            try await site.waitUntilDeployed(model.name)
            let prepared = try await site.ssh(lab, model, Self.prepare + "\n" + Self.identity)
            #expect(prepared.exitCode == 0 && prepared.output.hasPrefix("bios 3 "), "\(prepared.output)")
            try await capture(model, as: "golden-disk", site, lab)
            try await makeProfile(site)
            try await site.define(other)
            try await site.muster("deploy", other.name, "golden-disk", "--yes", "--force")
            try await lab.start(other.name)
            try await site.waitUntilDeployed(other.name)
            let found = try await site.ssh(lab, other, Self.identity)
            #expect(found.output.hasPrefix("uefi 3 "), "\(found.output) \(found.errors)")
            let (before, after) = (prepared.output.split(separator: "\n"), found.output.split(separator: "\n"))
            #expect(Set(before.dropFirst()).isDisjoint(with: after.dropFirst()), "\(before) \(after)")
            let file = try await site.ssh(
                lab, other, "cat /opt/golden/file; hostname; systemctl is-system-running --wait")
            #expect(file.output == "golden\n\(other.name)\nrunning\n", "\(file.output) \(file.errors)")
            // The model's layout, in its shares.
            let layout = try await site.ssh(
                lab, other, "findmnt -rno SOURCE,FSTYPE,LABEL /srv; cat /srv/file; swapon --noheadings --show=NAME")
            #expect(layout.output == "/dev/vda4 ext4 data\nbeside\n/dev/vda5\n", "\(layout.output) \(layout.errors)")
        }
    }

    /// The firmware, the number of the root's partition and octets of the disk; then what no two machines have in common.
    private static let identity = """
        [ -d /sys/firmware/efi ] && firmware=uefi || firmware=bios
        device=$(awk '$2 == "/" { print $1 }' /proc/mounts)
        echo $firmware ${device#/dev/vda} $(cat /sys/block/vda/size)
        lsblk -no UUID,PARTUUID /dev/vda | tr ' ' '\n' | grep -v '^$'
        cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub
        """

    /// Captures a running machine and packs what was captured; the machine is switched off then.
    private func capture(_ machine: LabMachine, as name: String, _ site: SystemSite, _ lab: Lab) async throws {
        let captured = try await lab.run([
            "\(site.programs)/muster", "image", "capture", machine.name, name, "--identity", site.administratorKey,
            "--state-dir", site.stateDirectory,
        ])
        #expect(captured.exitCode == 0, "\(String(decoding: captured.standardError, as: UTF8.self))")
        try await lab.stop(machine.name)
        try await site.muster("image", "pack", name)
    }

    /// Makes the profile that installs what was captured.
    private func makeProfile(_ site: SystemSite) async throws {
        let path = "\(site.stateDirectory)/public/os/golden-disk/profile.yaml"
        if !Files.exists(path) { try await site.muster("profile", "create", "golden-disk", "golden-disk") }
        let text = try Files.readText(path)
        try AtomicFile.write(
            text.replacingOccurrences(of: "method: untethered", with: "method: installtodisk"), to: path)
        try await site.muster("profile", "update-boot", "golden-disk")
    }

    /// A file of many attributes, one beside the root, and a secret that a person left.
    private static let prepare = """
        set -e
        echo beside >/srv/file
        mkdir -p /opt/golden && echo golden >/opt/golden/file
        chown 1234:4321 /opt/golden/file && chmod 4750 /opt/golden/file && ln /opt/golden/file /opt/golden/second
        mkdir -p /root/.ssh && echo secret >/root/.ssh/id_ed25519
        """

    /// Looks at what was packed.
    private func check(_ site: SystemSite, digest: String) async throws {
        let tree = try TemporaryDirectory()
        let root = tree.path("root")
        try await site.muster("image", "unpack", "golden", root)
        #expect(try await site.onHost(BootTests.contentDigest(of: root + "/usr/share")) == digest)
        #expect(try await site.onHost("stat -c '%u:%g %a %h' \(root)/opt/golden/file") == "1234:4321 4750 2\n")
        for secret in ["root/.ssh", "etc/hostname", "var/lib/muster-agent"] {
            #expect(!Files.exists("\(root)/\(secret)"), "\(secret)")
        }
        #expect(try Files.names(in: "\(root)/etc/ssh").allSatisfy { !$0.hasPrefix("ssh_host_") })
        #expect(try Files.read("\(root)/etc/machine-id").isEmpty)
        // Debian's journal has an access list from its package on.
        #expect(ExtendedAttributes.value(of: "system.posix_acl_access", at: "\(root)/var/log/journal") != nil)
    }
}
