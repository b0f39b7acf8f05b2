import DeploymentModel
import DiskFormats
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

/// Media with the true layout and file names, a real kernel, and an initramfs whose first program does what the distributor's
/// does as far as the agent minds it. What boots, who asks whom for what, and what is reported is real.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct InstallerMediaTests {
    @Test("a machine's answers are there before Anaconda begins, and what Anaconda has installed becomes the node")
    func anaconda() async throws {
        let site = try await SystemSite.ready()
        let profile = "rocky-9"
        let medium = "\(site.stateDirectory)/rocky-medium"
        try await writeMedium(site, at: medium)
        // Of a run before this one.
        let path = "\(site.stateDirectory)/public/os/\(profile)"
        if Files.exists(path) { try FileTree.remove(path) }
        _ = try await site.attempt(["media", "remove", "rocky-9.4"])
        try await site.muster("media", "import", medium, "--name", "rocky-9.4", "--no-profile")
        try await site.muster("profile", "create", profile, "rocky-9.4")
        for stage in ["pre", "post"] {
            try AtomicFile.write(
                "#!/bin/sh\nset -e\ntest \"$MUSTER_STAGE\" = \(stage)\necho \(stage) >> /run/\(stage)\n",
                to: "\(path)/scripts/\(stage).d/10-note")
        }
        try await site.muster("profile", "update-boot", profile)
        let machine = site.machine(26, .bios, disks: [10240])
        try await site.withLab([machine]) { lab in
            try await site.define(machine)
            try await site.muster("deploy", machine.name, profile, "--yes", "--force")
            try await lab.start(machine.name)
            let status = try await site.wait(for: machine.name, limit: .seconds(300)) {
                [.staged, .failed].contains($0.deployment?.state)
            }
            #expect(status.deployment?.state == .staged, "\(status.deployment?.failure ?? "nothing is known")")
            let trace = try await site.muster("trace", machine.name)
            for words in [
                "ks.cfg of the profile rocky-9", "the installer of rocky-9.4 has its answers, and begins",
                "vda is taken: 10 GB", "Installing the software", "installed from rocky-9.4",
            ] { #expect(trace.contains(words), "\(words) in \(trace)") }
        }
    }

    private func writeMedium(_ site: SystemSite, at directory: String) async throws {
        let version = try site.manifest
        let image = "\(site.stateDirectory)/public/images/\(version.name)/\(version.version)"
        let initramfs = try Files.read("\(image)/initramfs")
        var own = CpioWriter()
        try own.append(.file("init", Array(Self.installer.utf8), permissions: 0o755))
        try own.append(.file("bin/busybox", try Files.read("/bin/busybox"), permissions: 0o755))
        try own.append(.symbolicLink("bin/sh", to: "busybox"))
        try own.append(.file("virtio_blk.ko", try await diskDriver(site, version)))
        let padding = [UInt8](repeating: 0, count: (4 - initramfs.count % 4) % 4)
        for (path, octets) in [
            ("images/pxeboot/vmlinuz", try Files.read("\(image)/kernel")),
            ("images/pxeboot/initrd.img", initramfs + padding + own.finish()),
            ("images/install.img", Array("squashfs".utf8)),
            (".treeinfo", Array(Self.treeInformation.utf8)),
            (".discinfo", Array("1714685135.0\nRocky Linux 9.4\nx86_64\n".utf8)),
            ("BaseOS/repodata/repomd.xml", Array("<repomd/>".utf8)),
            ("BaseOS/Packages/r/rocky-release-9.4-1.7.el9.noarch.rpm", Array("package".utf8)),
        ] as [(String, [UInt8])] {
            try Files.createDirectory(FilePathText.parent(of: "\(directory)/\(path)"))
            try Files.write(octets, to: "\(directory)/\(path)")
        }
    }

    /// Of the machines' disks, which the initramfs of an image that runs from memory has not.
    private func diskDriver(_ site: SystemSite, _ version: ImageManifest) async throws -> [UInt8] {
        let tree = try TemporaryDirectory()
        try await site.muster("image", "unpack", "\(version.name)@\(version.version)", tree.path("root"))
        return try Files.read(
            tree.path("root/usr/lib/modules/\(version.kernelRelease)/kernel/drivers/block/virtio_blk.ko"))
    }

    private static let treeInformation = """
        [general]
        arch = x86_64
        family = Rocky Linux
        version = 9.4

        [release]
        name = Rocky Linux
        short = Rocky
        version = 9.4

        [images-x86_64]
        kernel = images/pxeboot/vmlinuz
        initrd = images/pxeboot/initrd.img

        [stage2]
        mainimage = images/install.img

        """

    /// In the place of dracut and Anaconda: goes to the network as the kernel's arguments say, fetches from the medium, runs the
    /// sections of the kickstart file, and "installs" a root of a shell and the files that each system has.
    private static let installer = """
        #!/bin/busybox sh
        set -eu
        fail() { echo "INSTALLER: failed at $*"; sleep 1000; }
        trap 'fail "line $LINENO"' EXIT
        /bin/busybox mkdir -p /bin /sys /dev /tmp /mnt/sysroot/etc/ssh /mnt/sysroot/bin /mnt/sysroot/root
        /bin/busybox --install -s /bin
        mount -t sysfs sysfs /sys
        mount -t devtmpfs devtmpfs /dev
        exec </dev/console >/dev/console 2>&1
        echo "INSTALLER: begins"
        insmod /virtio_blk.ko
        test "$$" = 1
        test -e /run/pre
        test "$(ip -o addr show scope global | wc -l)" = 0
        conf=/etc/cmdline.d/50-muster.conf
        value() { sed -n "s|^$1=||p" $conf; }
        grep -q ' inst.cmdline ' /proc/cmdline
        grep -q ' inst.ks=file:/muster-ks.cfg ' /proc/cmdline
        ! grep -q 10.88 /proc/cmdline
        # dracut.cmdline(7): ip=ADDRESS:[PEER]:GATEWAY:MASK:[HOST]:LINK:none
        IFS=: read -r address peer gateway mask host link method <<END
        $(value ip)
        END
        test "$method" = none
        ip link set "$link" up
        ifconfig "$link" "$address" netmask "$mask"
        until wget -q -O /tmp/treeinfo "$(value inst.stage2)/.treeinfo"; do sleep 1; done
        grep -q 'Rocky Linux' /tmp/treeinfo
        wget -q -O /tmp/install.img "$(value inst.stage2)/images/install.img"
        section() { sed -n "/^%$1/,/^%end/p" /muster-ks.cfg | sed '1d;$d' > "/tmp/$1"; }
        echo '12:00:00,000 INF installation: Task started: Preparing (1/2)' > /tmp/anaconda.log
        section pre
        sh -e /tmp/pre
        ks=/run/muster-agent/machine.ks
        grep -q "^%include $ks" /muster-ks.cfg
        grep -q '^ignoredisk --only-use=vda' $ks
        grep -q '^rootpw --lock' $ks
        grep -q '^network .*--ip=10.88.0.36' $ks
        grep -q '^url --url="http://10.88.0.1/os/rocky-9/distribution' $ks
        test "$(stat -c %a $ks)" = 600
        echo '12:00:01,000 INF installation: Task started: Installing the software (2/2)' >> /tmp/anaconda.log
        cp /bin/busybox /mnt/sysroot/bin/busybox
        ln -s busybox /mnt/sysroot/bin/sh
        echo 'root:x:0:0:root:/root:/bin/sh' > /mnt/sysroot/etc/passwd
        echo 'root:!:19000:0:99999:7:::' > /mnt/sysroot/etc/shadow
        sleep 3
        section post
        sh -e /tmp/post
        test -e /run/post
        test -x /mnt/sysroot/usr/lib/muster/muster-agent
        test -s /mnt/sysroot/etc/ssh/ssh_host_ed25519_key-cert.pub
        test "$(stat -c %a /mnt/sysroot/var/lib/muster-agent/agent.json)" = 600
        trap - EXIT
        echo "INSTALLER: done"
        reboot -f

        """
}
