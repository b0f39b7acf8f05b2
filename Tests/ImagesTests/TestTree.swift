import DiskFormats
import LinuxSystem
import MusterBase

/// A small root tree as a tar archive, with a kernel and two modules.
struct TestTree {
    var bytes: [UInt8] = []

    mutating func add(
        _ path: String, _ kind: TarHeader.Kind, content: [UInt8] = [], permissions: UInt16 = 0o644, link: String = "",
        records: [TarRecords.Record] = []
    ) throws {
        if !records.isEmpty { try add("extended", .extended, content: TarRecords.encode(records)) }
        let header = TarHeader(
            path: path, permissions: permissions, size: UInt64(content.count), modificationTime: 2_000_000_000,
            kind: kind, linkTarget: link)
        bytes += try header.encode() + content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    mutating func file(_ path: String, _ text: String) throws { try add("./\(path)", .file, content: Array(text.utf8)) }

    mutating func directory(_ path: String) throws { try add("./\(path)/", .directory, permissions: 0o755) }

    var archive: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    static let release = "6.1.0-1-test"

    /// All that a version needs.
    ///
    /// - Parameter kernel: where it and its configuration lie.
    static func minimal(
        kernel: (image: String, configuration: String) = ("boot/vmlinuz-\(release)", "boot/config-\(release)")
    ) throws -> TestTree {
        var tree = TestTree()
        try tree.add("./", .directory, permissions: 0o755)
        try tree.add("./lib", .symbolicLink, permissions: 0o777, link: "usr/lib")
        try tree.file(kernel.image, "kernel")
        try tree.file(kernel.configuration, "CONFIG_RD_GZIP=y\nCONFIG_RD_ZSTD=y\n")
        try tree.file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        try tree.file(
            "var/lib/dpkg/status",
            """
            Package: bash
            Status: install ok installed
            Architecture: amd64
            Version: 5.2

            Package: gone
            Status: deinstall ok config-files
            Architecture: amd64
            Version: 1

            """)
        let modules = "usr/lib/modules/\(release)"
        try tree.file(
            "\(modules)/modules.dep",
            """
            kernel/fs/overlayfs/overlay.ko:
            kernel/drivers/net/virtio_net.ko: kernel/net/core/failover.ko
            kernel/net/core/failover.ko:
            kernel/sound/noise.ko:

            """)
        try tree.file("\(modules)/modules.alias", "alias virtio:d1 virtio_net\nalias pci:v1 noise\n")
        try tree.file("\(modules)/modules.builtin", "kernel/fs/ext4/ext4.ko\n")
        for path in ["fs/overlayfs/overlay", "drivers/net/virtio_net", "net/core/failover", "sound/noise"] {
            let firmware = path.hasSuffix("virtio_net") ? ["firmware=nic.bin", "firmware=absent.bin"] : []
            let module = TestModule.elf(information: ["license=GPL"] + firmware)
            try tree.add("./\(modules)/kernel/\(path).ko", .file, content: module)
        }
        try tree.file("usr/lib/firmware/nic.bin", "firmware")
        return tree
    }
}

/// A kernel module's ELF file with nothing but the section `.modinfo`.
enum TestModule {
    static func elf(information: [String]) -> [UInt8] {
        func little(_ value: Int, _ width: Int) -> [UInt8] {
            (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let names: [UInt8] = Array("\0.modinfo\0.shstrtab\0".utf8)
        let data: [UInt8] = information.flatMap { Array("\($0)\0".utf8) }
        let table = 64 + names.count + data.count
        func section(name: Int, offset: Int, size: Int) -> [UInt8] {
            var header = little(name, 4) + little(1, 4)
            header += [UInt8](repeating: 0, count: 16)
            header += little(offset, 8) + little(size, 8)
            header += [UInt8](repeating: 0, count: 24)
            return header
        }
        let zeros = { (count: Int) in [UInt8](repeating: 0, count: count) }
        var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + zeros(9)
        file += little(1, 2) + little(62, 2) + little(1, 4) + zeros(16)
        file += little(table, 8) + zeros(10)
        file += little(64, 2) + little(3, 2) + little(2, 2)
        file += names + data + zeros(64)
        file += section(name: 1, offset: 64 + names.count, size: data.count)
        file += section(name: 10, offset: 64, size: names.count)
        return file
    }
}
