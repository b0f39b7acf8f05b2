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

/// Versions that leave the site: machines that start from an exported disk, with nothing of Muster around them, and
/// container images in the hands of others' programs.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct ExportTests {
    @Test(
        "an exported disk starts by itself with BIOS and with UEFI, has an address, keys, and a root as large as the disk"
    )
    func starts() async throws {
        let site = try await SystemSite.ready()
        let directory = try TemporaryDirectory()
        let disk = directory.path("disk.qcow2")
        try await site.muster("image", "export", SystemSite.image, "--format", "qcow2", "--to", disk)
        #expect(try Files.names(in: directory.path) == ["disk.qcow2"])
        _ = try await site.onHost("qemu-img resize -q '\(disk)' 4G")
        var machines: Set<Substring> = []
        for firmware in [LabFirmware.bios, .uefi] {
            let said = try await inside(disk, firmware, in: directory, site)
            let lines = said.split(separator: "\n")
            try #require(lines.count == 6, "\(said)")
            #expect(lines[0] == "localhost" && lines[1] == "nameserver 10.0.2.3" && lines[2] == "0", "\(said)")
            let mebibytes = try #require(Int(lines[3].filter(\.isNumber)))
            #expect(mebibytes > 3500 && lines[4] == firmware.rawValue, "\(said)")
            machines.insert(lines[5])
        }
        // The second began with the disk as it was exported, and so became another machine.
        #expect(machines.count == 2)
    }

    private static let questions = """
        hostname; cat /etc/resolv.conf; systemctl --failed --plain --no-legend | wc -l; df -m --output=size / | tail -n 1; \
        test -d /sys/firmware/efi && echo uefi || echo bios; cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub | sha256sum
        """

    /// What a machine answers over ssh. Its hypervisor gives it the administrator's key; nobody else is there.
    private func inside(
        _ disk: String, _ firmware: LabFirmware, in directory: TemporaryDirectory, _ site: SystemSite
    ) async throws -> String {
        let log = directory.path("\(firmware).log")
        let port = Int.random(in: 20_000..<30_000)
        let key = Data(try Files.read("\(site.administratorKey).pub")).base64EncodedString()
        var arguments = [
            "-nodefaults", "-display", "none", "-machine", "q35,graphics=off", "-accel", "tcg,thread=multi", "-cpu",
            "max,la57=off", "-smp", "2", "-m", "1024", "-drive", "file=\(disk),format=qcow2,if=virtio,snapshot=on",
            "-netdev", "user,id=net,hostfwd=tcp:127.0.0.1:\(port)-:22", "-device",
            "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci", "-serial", "file:\(log)", "-smbios",
            "type=11,value=io.systemd.credential.binary:ssh.authorized_keys.root=\(key)",
        ]
        if firmware == .uefi {
            let variables = directory.path("variables.fd")
            _ = try await site.onHost("cp /usr/share/OVMF/OVMF_VARS_4M.fd '\(variables)'")
            arguments += [
                "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd", "-drive",
                "if=pflash,unit=1,format=raw,file=\(variables)",
            ]
        }
        let words = arguments
        let machine = Task {
            var options = ToolOptions()
            options.endsWithCaller = true
            return try await SystemToolRunner().run(.qemuX86, words, options)
        }
        defer { machine.cancel() }
        let ssh = [
            "-i", site.administratorKey, "-p", "\(port)", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=10",
            "root@127.0.0.1", Self.questions,
        ]
        return try await waitForState(
            otherwise: "no answer with \(firmware): \((try? Files.readText(log))?.suffix(4000) ?? "nothing")",
            limit: .seconds(400), every: .seconds(2)
        ) {
            let result = try await SystemToolRunner().run(.ssh, ssh)
            return result.exitCode == 0 ? result.text : nil
        }
    }

    @Test("the same version gives the same disk, whole and without a fault, and a file that is there is not replaced")
    func reproducible() async throws {
        let site = try await SystemSite.ready()
        let directory = try TemporaryDirectory()
        let paths = [directory.path("one.raw"), directory.path("two.raw")]
        for path in paths {
            try await site.muster("image", "export", SystemSite.image, "--format", "raw", "--to", path)
        }
        _ = try await site.onHost("cmp '\(paths[0])' '\(paths[1])'")
        // The root partition begins behind 1 MiB, the BIOS boot partition and the EFI system partition.
        _ = try await site.onHost("e2fsck -f -n '\(paths[0])?offset=\(66 << 20)'")
        let again = try await site.attempt([
            "image", "export", SystemSite.image, "--format", "raw", "--to", paths[0],
        ])
        #expect(again.exitCode == 1 && again.errors.contains("is there already"))
        let small = try await site.attempt([
            "image", "export", SystemSite.image, "--format", "raw", "--to", directory.path("small"), "--size", "100M",
        ])
        #expect(small.exitCode == 1 && small.errors.contains("MiB more"))
        #expect(try Files.names(in: directory.path) == ["one.raw", "two.raw"])
    }

    @Test("skopeo takes the container image of a version, and a tree that is built from it packs to the same root")
    func container() async throws {
        let site = try await SystemSite.ready()
        let directory = try TemporaryDirectory()
        let path = directory.path("image.oci.tar")
        try await site.muster("image", "export", SystemSite.image, "--format", "oci", "--to", path)
        let inspected = try await site.onHost("skopeo inspect 'oci-archive:\(path)'")
        #expect(inspected.contains("\"Architecture\": \"amd64\"") && inspected.contains("\"muster.root\""))
        // skopeo looks at every digest when it copies.
        _ = try await site.onHost("skopeo copy -q 'oci-archive:\(path)' 'dir:\(directory.path("copy"))'")
        try await site.muster("image", "build", "from-container", "--from-oci", path)
        try await site.muster("image", "pack", "from-container")
        let shown = try await site.muster("image", "show", "from-container", "--output", "json")
        #expect(shown.contains(try site.manifest.root.digest.description))
    }
}
