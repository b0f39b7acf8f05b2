import LinuxSystem
import MusterAgent
import TestSupport
import Testing

@Suite("the disks of a machine")
struct DiskScanTests {
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
}
