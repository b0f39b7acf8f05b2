import MusterAgent
import MusterBase
import Testing

@Suite("the settings of an installed system")
struct InstalledFilesTests {
    @Test("what lies beside the root is in fstab, in the place of what the image says of these directories")
    func extras() throws {
        let changes = InstalledFiles(
            rootPartition: "r-1", efiPartition: "e-2", fileSystem: .ext4, kernelArguments: [],
            fileSystems: "/dev/sda2 /home ext3 defaults 0 2\n/dev/sda3 /data ext4 defaults 0 2\n",
            extras: ["UUID=h-3 /home xfs defaults 0 0", "UUID=s-4 none swap sw 0 0"]
        ).changes
        guard case .file("/etc/fstab", let content, _) = try #require(changes.first) else {
            throw MusterError(.notFound, "fstab")
        }
        #expect(
            String(decoding: content, as: UTF8.self).split(separator: "\n").dropFirst(3) == [
                "UUID=h-3 /home xfs defaults 0 0", "UUID=s-4 none swap sw 0 0",
                "/dev/sda3 /data ext4 defaults 0 2",
            ])
    }

    @Test("an encrypted root is mounted by its mapping, which crypttab makes, and /boot has a file system of its own")
    func encrypted() throws {
        let changes = InstalledFiles(
            rootPartition: "r-1", efiPartition: "e-2", fileSystem: .ext4, kernelArguments: [],
            fileSystems: "/dev/sda2 /boot ext3 defaults 0 2\n", bootPartition: "b-3", volume: "v-4"
        ).changes
        let texts = changes.reduce(into: [String: String]()) { texts, change in
            if case .file(let path, let content, _) = change { texts[path] = String(decoding: content, as: UTF8.self) }
        }
        let table = try #require(texts["/etc/fstab"]).split(separator: "\n").dropFirst()
        #expect(
            Array(table) == [
                "/dev/mapper/muster-root / ext4 errors=remount-ro 0 1", "PARTUUID=b-3 /boot ext4 defaults 0 2",
                "PARTUUID=e-2 /boot/efi vfat umask=0077 0 1",
            ])
        #expect(texts["/etc/crypttab"]?.hasSuffix("\nmuster-root UUID=v-4 none luks,discard\n") == true)
    }

    @Test("for systemd-boot the distribution's own program is told the root, the arguments and the place")
    func systemdBoot() throws {
        let changes = InstalledFiles(
            rootPartition: "r-1", efiPartition: "e-2", fileSystem: .btrfs, bootLoader: .systemdBoot,
            kernelArguments: ["console=ttyS0", "quiet"], fileSystems: ""
        ).changes
        #expect(
            changes.suffix(3) == [
                .text("/etc/kernel/install.conf", "layout=bls\nBOOT_ROOT=/boot/efi\n"),
                .text("/etc/kernel/entry-token", "muster\n"),
                .text("/etc/kernel/cmdline", "root=PARTUUID=r-1 ro console=ttyS0 quiet\n"),
            ])
        #expect(!changes.map(\.path).contains { $0.contains("grub") })
    }

    @Test("the settings of the boot from disk name partitions, console and the profile's arguments")
    func files() throws {
        let changes = InstalledFiles(
            rootPartition: "r-1", efiPartition: "e-2", fileSystem: .xfs,
            kernelArguments: ["console=tty0", "console=ttyS1,57600n8", "quiet"],
            fileSystems: "/dev/sda1 / ext4 defaults 0 1\nstore:/home /home nfs ro 0 0\n"
        ).changes
        func text(_ path: String) throws -> String {
            for case .file(path, let content, _) in changes { return String(decoding: content, as: UTF8.self) }
            throw MusterError(.notFound, path)
        }
        #expect(try text("/etc/fstab").contains("\nPARTUUID=r-1 / xfs defaults 0 0\nPARTUUID=e-2 /boot/efi vfat "))
        #expect(try text("/etc/fstab").hasSuffix("\nstore:/home /home nfs ro 0 0\n"))
        #expect(try !text("/etc/fstab").contains("sda1"))
        let loader = try text("/etc/default/grub.d/muster.cfg")
        #expect(loader.contains("\nGRUB_CMDLINE_LINUX=\"console=tty0 console=ttyS1,57600n8 quiet\"\n"))
        #expect(loader.contains("\nGRUB_SERIAL_COMMAND=\"serial --unit=1 --speed=57600\"\n"))
        #expect(InstalledFiles.serialCommand(["console=ttyS0"]) == "serial --unit=0 --speed=9600")
        #expect(InstalledFiles.serialCommand(["console=hvc0", "quiet"]) == nil)
    }
}
