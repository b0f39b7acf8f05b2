import DeploymentModel
import DiskFormats
import Glibc
import LinuxSystem
import MusterAgent
import MusterBase
import TestSupport
import Testing

@Suite("installing to a disk")
struct InstallTests {
    private static let size: Int64 = 64 << 20

    private func content(_ octets: [UInt64: [UInt8]]) throws -> DiskFacts.Content {
        try DiskContentProbe(size: Self.size, blockSize: 512) { offset, count in
            var found = [UInt8](repeating: 0, count: count)
            for (place, part) in octets.sorted(by: { $0.key < $1.key }) {
                for (index, octet) in part.enumerated() {
                    let at = Int64(place) + Int64(index) - Int64(offset)
                    if (0..<Int64(count)).contains(at) { found[Int(at)] = octet }
                }
            }
            return found
        }.content()
    }

    @Test("an empty disk is empty, and what is known is named")
    func signatures() throws {
        #expect(try content([:]) == .empty)
        #expect(try content([0x438: [0x53, 0xEF]]) == .foreign("an ext file system"))
        #expect(try content([0: Array("XFSB".utf8)]) == .foreign("an XFS file system"))
        #expect(try content([0x10040: Array("_BHRfS_M".utf8)]) == .foreign("a Btrfs file system"))
        #expect(try content([4086: Array("SWAPSPACE2".utf8)]) == .foreign("swap space"))
        #expect(try content([0x218: Array("LVM2 001".utf8)]) == .foreign("a volume of LVM"))
        #expect(try content([510: [0x55, 0xAA], 446: [0x80]]) == .foreign("an MS-DOS partition table"))
        #expect(try content([0x2_0400: [0x0C, 0xB1, 0xBA, 0, 0, 0, 0, 0]]) == .foreign("a part of a ZFS pool"))
        #expect(try content([512: Array("EFI PART".utf8)]) == .foreign("a damaged partition table"))
        // What nobody knows: at the beginning, in the middle, at the end.
        for place in [UInt64(0), 64 << 10, UInt64(Self.size / 2), UInt64(Self.size - 4096)] {
            #expect(try content([place: [7]]) == .foreign("data of an unknown kind"))
        }
    }

    @Test("a disk is Muster's own when all its partitions say so, and its first block does")
    func ownTable() throws {
        var random = SeededGenerator(seed: 1)
        func regions(_ labels: [String]) throws -> [UInt64: [UInt8]] {
            let wishes = labels.map {
                PartitionPlan.Wish(.linuxGeneric, .octets(1 << 20), label: $0, guid: .random(using: &random))
            }
            let table = try PartitionPlan(wishes).table(
                disk: .random(using: &random), blockSize: 512, blockCount: UInt64(Self.size / 512))
            return Dictionary(uniqueKeysWithValues: try table.regions().map { ($0.offset, $0.octets) })
        }
        let own = try regions(["muster-efi", "muster-root"])
        #expect(try content(own) == .muster)
        #expect(try content(try regions(["muster-fill"])) == .fill)
        #expect(try content(try regions(["muster-fill", "muster-root"])) == .muster)
        #expect(try content(try regions(["muster-efi", "data"])) == .foreign("a partition table with 2 partitions"))
        #expect(try content(try regions([])) == .foreign("a partition table with 0 partitions"))
        // The first table overwritten: by whom is not known.
        #expect(try content(own.filter { $0.key != 0 }) == .foreign("a damaged partition table"))
        // The list of partitions overwritten, of which the end of the disk has another: a RAID, perhaps.
        let damaged = own.merging([4096: Array("other".utf8)]) { first, _ in first }
        #expect(try content(damaged) == .foreign("a damaged partition table"))
    }

    @Test("a disk's bus and its names by path come from where it is plugged in")
    func places() {
        let virtio = "../devices/pci0000:00/0000:00:03.0/virtio1/block/vda"
        #expect(DiskPlace.bus(device: virtio, name: "vda") == "virtio")
        #expect(
            DiskPlace.links(device: virtio, namespace: nil) { _ in nil } == [
                "/dev/disk/by-path/pci-0000:00:03.0", "/dev/disk/by-path/virtio-pci-0000:00:03.0",
            ])
        let nvme = "../devices/pci0000:00/0000:00:01.1/0000:02:00.0/nvme/nvme0/nvme0n1"
        #expect(DiskPlace.bus(device: nvme, name: "nvme0n1") == "nvme")
        #expect(
            DiskPlace.links(device: nvme, namespace: 1) { _ in nil } == ["/dev/disk/by-path/pci-0000:02:00.0-nvme-1"])
        let sata = "../devices/pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block/sda"
        #expect(DiskPlace.bus(device: sata, name: "sda") == "sata")
        #expect(
            DiskPlace.links(device: sata, namespace: nil) { $0 == "ata3" ? 3 : nil } == [
                "/dev/disk/by-path/pci-0000:00:1f.2-ata-3.0", "/dev/disk/by-path/pci-0000:00:1f.2-ata-3",
            ])
        let scsi = "../devices/pci0000:00/0000:00:05.0/virtio3/host6/target6:0:2/6:0:2:1/block/sdb"
        #expect(DiskPlace.bus(device: scsi, name: "sdb") == "scsi")
        #expect(
            DiskPlace.links(device: scsi, namespace: nil) { _ in nil } == [
                "/dev/disk/by-path/pci-0000:00:05.0-scsi-0:0:2:1"
            ])
        let usb = "../devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host7/target7:0:0/7:0:0:0/block/sdc"
        #expect(DiskPlace.bus(device: usb, name: "sdc") == "usb")
        #expect(InstallLayout.device(3, of: "/dev/vda") == "/dev/vda3")
        #expect(InstallLayout.device(3, of: "/dev/nvme0n1") == "/dev/nvme0n1p3")
    }

    @Test("disks are read from /sys, with who uses them")
    func scan() throws {
        let root = try TemporaryDirectory()
        func put(_ text: String, _ path: String) throws { try root.write(text + "\n", to: path) }
        for (name, sectors) in [("vda", 4096), ("vdb", 8192), ("loop0", 100), ("sr0", 100), ("vdc", 0)] {
            try put("\(sectors)", "sys/block/\(name)/size")
            try put("512", "sys/block/\(name)/queue/logical_block_size")
            try put("0", "sys/block/\(name)/ro")
            try put("0", "sys/block/\(name)/removable")
            try Files.createDirectory(root.path("sys/block/\(name)/holders"))
        }
        try put("  A disk ", "sys/block/vda/device/model")
        try put("S1", "sys/block/vda/serial")
        try put("1", "sys/block/vdb/ro")
        try Files.createDirectory(root.path("sys/block/vdb/vdb1/holders/dm-0"))
        try Files.createDirectory(root.path("dev"))
        for name in ["vda", "vdb"] {
            try Files.write([UInt8](repeating: 0, count: 2 << 20), to: root.path("dev/\(name)"))
        }
        try put("/dev/vda1 /data ext4 rw 0 0", "proc/mounts")
        try Files.createDirectory(root.path("sys/block/vda/vda1"))
        let disks = DiskScan(root: root.path).disks()
        #expect(disks.map(\.name) == ["vda", "vdb"])
        let first = try #require(disks.first)
        #expect(first.size == 4096 * 512 && first.model == "A disk" && first.serial == "S1")
        #expect(first.user == "/data" && first.content == .empty)
        #expect(disks.last?.user == "dm-0" && disks.last?.isReadOnly == true)
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

    @Test("in the firmware's order the network stays first and the disk comes second")
    func bootOrder() {
        let found = FirmwareBootOrder(
            """
            BootCurrent: 0002
            Timeout: 0 seconds
            BootOrder: 0001,0002,0003
            Boot0000* UiApp
            Boot0001* UEFI Misc Device
            Boot0002* UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x2,0x0)
            Boot0003* Muster debian\tHD(2,GPT)
            """)
        #expect(found.entries["0002"] == "UEFI PXEv4 (MAC:525400123456)" && found.entries["0003"] == "Muster debian")
        #expect(found.order(with: "0004", inPlaceOf: "Muster rocky") == ["0002", "0004", "0001", "0003"])
        #expect(found.order(with: "0004", inPlaceOf: "Muster debian") == ["0001", "0002", "0004"])
        #expect(
            FirmwareBootOrder("BootOrder: 0001,0003").order(with: "0003", inPlaceOf: "Muster debian")
                == ["0003", "0001"])
        // An operator's order stays: the disk first, whatever this machine came by.
        let own = FirmwareBootOrder(
            "BootCurrent: 0002\nBootOrder: 0007,0002,0008\nBoot0007* Muster debian\tHD\nBoot0008* Muster debian\tHD\n")
        #expect(own.order(with: "0009", inPlaceOf: "Muster debian") == ["0009", "0002"])
        #expect(own.order(with: "0007", inPlaceOf: "Muster debian") == ["0007", "0002"])
    }

    @Test("a tree is copied with modes, times, hard links, holes, links and attributes")
    func treeCopy() async throws {
        let directory = try TemporaryDirectory()
        let (from, to) = (directory.path("from"), directory.path("to"))
        try Files.createDirectory(from + "/a/b")
        try Files.createDirectory(to)
        try Files.write(Array("text".utf8), to: from + "/a/plain", mode: 0o644)
        try Files.setMode(from + "/a/plain", 0o4751)
        #expect(Glibc.link(from + "/a/plain", from + "/a/b/second") == 0)
        #expect(symlink("/nowhere/at all", from + "/a/link") == 0)
        #expect(mkfifo(from + "/pipe", 0o600) == 0)
        let hole = [UInt8](repeating: 0, count: 1 << 20) + [1] + [UInt8](repeating: 0, count: 1 << 20)
        try Files.write(hole, to: from + "/hole", mode: 0o600)
        let strange = (from + "/").utf8.map { CChar(bitPattern: $0) } + [-1, 65, 0]
        close(creat(strange, 0o640))
        var times = [timespec(tv_sec: 1_000_000, tv_nsec: 42), timespec(tv_sec: 1_000_000, tv_nsec: 42)]
        #expect(utimensat(AT_FDCWD, from + "/a", &times, 0) == 0)
        let listing = try TreeListing(of: from)
        #expect(listing.content == Int64(4 + hole.count) && listing.entries.count == 9)
        let copy = TreeCopy(listing, from: from, to: to)
        try await copy.run()
        #expect(copy.progress == listing.content)
        let look =
            "find . -printf '%P %y %m %n %s %T@ %l\\n' | LC_ALL=C sort; find . -type f -exec sha256sum {} + | sort"
        func seen(_ path: String) async throws -> [UInt8] {
            let shell = Tool("sh", candidates: ["/bin/sh"], package: nil)
            return try await SystemToolRunner().run(
                shell, ["-c", look], ToolOptions(workingDirectory: path)
            ).standardOutput
        }
        let (wanted, found) = (try await seen(from), try await seen(to))
        #expect(wanted == found, "\(String(decoding: found, as: UTF8.self))")
        var status = stat()
        #expect(stat(to + "/hole", &status) == 0 && status.st_blocks < 1024)
    }

    @Test("a copy that cannot be written says which file")
    func failedCopy() async throws {
        let directory = try TemporaryDirectory()
        try Files.createDirectory(directory.path("from/a"))
        try Files.write(Array("x".utf8), to: directory.path("from/a/file"))
        let listing = try TreeListing(of: directory.path("from"))
        try Files.createDirectory(directory.path("to"))
        try Files.write(Array("x".utf8), to: directory.path("from/other"))
        try Files.remove(directory.path("from/a/file"))
        let copy = TreeCopy(listing, from: directory.path("from"), to: directory.path("to"))
        let error = await #expect(throws: MusterError.self) { try await copy.run() }
        #expect(error?.message.contains("cannot read /a/file") == true)
    }
}
