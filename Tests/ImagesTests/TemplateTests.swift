import DeploymentModel
import DiskFormats
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("templates of virtual machines")
struct TemplateTests {
    private static let release = "6.1.0-1-test"

    private func manifest(_ version: Int = 7, architecture: String = "x86_64") throws -> ImageManifest {
        ImageManifest(
            name: "web", version: version, architecture: architecture, distribution: "debian",
            distributionVersion: "12", created: Timestamp(seconds: 1_700_000_000), kernelRelease: Self.release,
            recipeDigest: try FileDigest.of([]), files: [],
            root: .init(size: 0, digest: try FileDigest.of([]), chunks: []), parent: nil, packages: [],
            minimalMemory: 0)
    }

    /// Of a Debian; further paths are files.
    private func listing(_ more: [String] = [], without: [String] = []) -> TreeListing {
        let paths =
            [
                "usr/sbin/update-initramfs", "boot/vmlinuz-\(Self.release)", "usr/bin/ssh-keygen", "usr/sbin/sshd",
                "usr/bin/systemd-repart", "usr/lib/systemd/system/systemd-networkd.service",
            ] + more
        var directories: Set<String> = []
        for path in paths {
            let parts = path.split(separator: "/").dropLast()
            for count in 1...max(1, parts.count) { directories.insert(parts.prefix(count).joined(separator: "/")) }
        }
        let lines =
            directories.sorted().map { "drwxr-xr-x 0/0                3 2026-01-01 00:00 /\($0)" }
            + paths.filter { !without.contains($0) }.map { "-rw-r--r-- 0/0             5000 2026-01-01 00:00 /\($0)" }
            + ["lrwxrwxrwx 0/0               26 2026-01-01 00:00 /vmlinuz -> boot/vmlinuz-\(Self.release)"]
        return TreeListing(lines.joined(separator: "\n"))
    }

    private func files(_ listing: TreeListing, fstab: String = "") throws -> [String: String] {
        let disk = try TemplateDisk(manifest(), rootMinimum: 1 << 30)
        let boot = try TemplateBoot(manifest(), listing: listing, title: "Debian \"12\"", disk: disk)
        let bytes = try TemplateFiles(listing: listing, fileSystems: fstab, disk: disk, boot: boot)
            .archive(date: Timestamp(seconds: 1))
        let directory = try TemporaryDirectory()
        try directory.write(bytes, to: "files.tar")
        let archive = try TreeArchive(directory.path("files.tar"))
        return try Dictionary(
            uniqueKeysWithValues: archive.entries.map { entry in
                let isLink = entry.header.kind == .symbolicLink
                let text = isLink ? "" : String(decoding: try archive.content(of: entry), as: UTF8.self)
                return (entry.path, isLink ? "-> \(entry.header.linkTarget)" : text)
            })
    }

    @Test("a listing knows kinds, sizes and links, also of odd names")
    func listed() {
        let listing = TreeListing(
            """
            drwxr-xr-x 0/0               73 2026-01-01 00:00 /a b
            -rwsr-xr-x 0/5             4097 2026-01-01 00:00 /a b/c -> d e
            lrwxrwxrwx 0/0                3 2026-01-01 00:00 /link -> /a b
            lrwxrwxrwx 0/0                3 2026-01-01 00:00 /round -> round
            lrwxrwxrwx 0/0                3 2026-01-01 00:00 /out -> ../../a b
            crw-r--r-- 0/0             5,  1 2026-01-01 00:00 /console
            nonsense

            """)
        #expect(listing.entries["a b/c -> d e"]?.size == 4097)
        #expect(listing.resolve("link/c -> d e") == "a b/c -> d e")
        #expect(listing.resolve("out") == "a b")
        #expect(listing.resolve("round") == nil)
        #expect(listing.resolve("nothing") == nil)
        // A directory, two blocks of a file.
        #expect(
            TreeListing("drwxr-xr-x 0/0 73 2026-01-01 00:00 /a\n-rw-r--r-- 0/0 4097 2026-01-01 00:00 /b")
                .octets(blockSize: 4096) == 3 * 4096)
    }

    @Test("the partitions of a version are always the same, and those of another are others")
    func identities() throws {
        let first = try TemplateDisk(manifest(), rootMinimum: 1 << 30).table(size: nil)
        #expect(try TemplateDisk(manifest(), rootMinimum: 1 << 30).table(size: nil) == first)
        #expect(first.partitions.map(\.type) == [.biosBoot, .efiSystem, .rootX8664])
        #expect(first.partitions[2].size(blockSize: 512) == 1 << 30)
        let second = try TemplateDisk(manifest(8), rootMinimum: 1 << 30).table(size: 2 << 30)
        #expect(Set(second.partitions.map(\.guid)).isDisjoint(with: first.partitions.map(\.guid)))
        #expect(second.blockCount == (2 << 30) / 512)
        let arm = try TemplateDisk(manifest(architecture: "aarch64"), rootMinimum: 1 << 30).table(size: nil)
        #expect(arm.partitions.map(\.type) == [.efiSystem, .rootARM64])
        #expect(
            caughtError { _ = try TemplateDisk(manifest(architecture: "vax"), rootMinimum: 1) }?.code == .unsupported)
    }

    @Test("a disk that is too small is refused, and it is said by how much")
    func small() throws {
        let error = caughtError { _ = try TemplateDisk(manifest(), rootMinimum: 1 << 30).table(size: 1 << 30) }
        #expect(error?.code == .exhausted)
        #expect(
            error?.description
                == "web@7 does not fit on a disk of 1024 MiB: the disk is too small: it has 1024 MiB, the "
                + "partitions need 1091 MiB, 67 MiB more; give more with --size, or leave it out")
    }

    @Test("what a machine needs without a server is put into the tree")
    func completed() throws {
        let files = try files(listing(), fstab: "# mine\n/dev/sda1 / xfs\nstore:/home /home nfs ro 0 0\n")
        let root = try TemplateDisk(manifest(), rootMinimum: 1).root
        let table = try #require(files["etc/fstab"])
        #expect(table.hasPrefix("PARTUUID=\(root) / ext4 errors=remount-ro,x-systemd.growfs 0 1\n"))
        #expect(table.hasSuffix("# mine\nstore:/home /home nfs ro 0 0\n") && !table.contains("sda1"))
        let menu = try #require(files["boot/grub/grub.cfg"])
        #expect(menu.contains("linux /vmlinuz root=PARTUUID=\(root) ro console=tty0 console=ttyS0,115200\n"))
        #expect(menu.contains("initrd /initrd.img\n") && menu.contains("menuentry \"Debian 12\" {"))
        #expect(files["initrd.img"] == "-> boot/initrd.img-\(Self.release)")
        #expect(files["etc/systemd/network/99-muster-dhcp.network"]?.contains("DHCP=yes") == true)
        #expect(files["etc/systemd/system/muster-host-keys.service"]?.contains("ssh-keygen -A") == true)
        #expect(files["etc/systemd/system/muster-resolver.path"] != nil)
        #expect(files["etc/repart.d/50-root.conf"] == "[Partition]\nType=root\n")
        #expect(
            files["etc/systemd/system/multi-user.target.wants/systemd-networkd.service"]
                == "-> /usr/lib/systemd/system/systemd-networkd.service")
        #expect(files["etc/hostname"] == nil && files["etc/shadow"] == nil && files["etc/machine-id"] == nil)
    }

    @Test("an image that has cloud-init, NetworkManager or a resolver keeps to them")
    func others() throws {
        for program in ["usr/bin/cloud-init", "usr/sbin/NetworkManager"] {
            let files = try files(listing([program]))
            #expect(!files.keys.contains { $0.contains("network") || $0.contains("resol") }, "\(program)")
        }
        let resolved = try files(listing(["usr/lib/systemd/system/systemd-resolved.service"]))
        #expect(resolved["etc/resolv.conf"] == "-> ../run/systemd/resolve/stub-resolv.conf")
        #expect(resolved["etc/systemd/system/muster-resolver.path"] == nil)
    }

    @Test("dracut makes the initramfs where there are no initramfs-tools, and an image with neither is refused")
    func generators() throws {
        let disk = try TemplateDisk(manifest(), rootMinimum: 1)
        let withDracut = listing(["usr/bin/dracut"], without: ["usr/sbin/update-initramfs"])
        let boot = try TemplateBoot(manifest(), listing: withDracut, title: "x", disk: disk)
        #expect(boot.generator == .dracut)
        #expect(boot.configuration.contains("initrd /boot/initramfs-\(Self.release).img\n"))
        #expect(boot.configuration.contains("linux /boot/vmlinuz-\(Self.release) "))
        let without = listing(without: ["usr/sbin/update-initramfs"])
        let error = caughtError { _ = try TemplateBoot(manifest(), listing: without, title: "x", disk: disk) }
        #expect(error?.code == .unsupported)
    }
}
