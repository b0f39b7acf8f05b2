import CLinux
import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The disks of this machine, as the kernel shows them below /sys.
package struct DiskScan {
    private let root: String

    /// - Parameter root: in front of all paths; empty but in tests.
    package init(root: String = "") { self.root = root }

    /// Devices that are no disks of their own: made of others, of memory, or of what can be taken out.
    private static let passedOver = ["loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "mtdblock"]

    /// All disks, by name.
    package func disks() -> [DiskFacts] {
        let names = (try? Files.names(in: root + "/sys/block")) ?? []
        return names.filter { name in !Self.passedOver.contains { name.hasPrefix($0) } }.compactMap(facts)
    }

    private func facts(_ name: String) -> DiskFacts? {
        let directory = root + "/sys/block/" + name
        guard let sectors = number(directory + "/size"), sectors > 0 else { return nil }
        // The kernel counts in 512 octets here, whatever the disk's blocks are.
        let size = sectors * 512
        let device = Files.linkTarget(directory) ?? ""
        var facts = DiskFacts(
            name: name, size: size, blockSize: number(directory + "/queue/logical_block_size").map(Int.init) ?? 512,
            model: word(directory + "/device/model"),
            serial: word(directory + "/serial") ?? word(directory + "/device/serial") ?? pageOfSerial(directory),
            bus: DiskPlace.bus(device: device, name: name), isRemovable: number(directory + "/removable") == 1,
            isReadOnly: number(directory + "/ro") == 1, user: user(of: name, directory))
        let namespace = number(directory + "/nsid")
        facts.links = DiskPlace.links(device: device, namespace: namespace) { port in
            number(root + "/sys/class/ata_port/\(port)/port_no")
        }
        facts.content = content(of: facts)
        return facts
    }

    private func content(of disk: DiskFacts) -> DiskFacts.Content {
        let found = reading(disk) { read in
            try DiskContentProbe(size: disk.size, blockSize: disk.blockSize, read: read).content()
        }
        return found ?? .unreadable
    }

    /// The partition table of a disk; nil when there is none that can be read.
    func table(of disk: DiskFacts) -> PartitionTable? {
        let blocks = UInt64(max(0, disk.size)) / UInt64(max(1, disk.blockSize))
        return reading(disk) {
            try PartitionTable.read(blockSize: disk.blockSize, blockCount: blocks, $0).table
        }
    }

    /// Whether nothing was made in a partition yet since its disk was partitioned.
    func isBlank(_ partition: Partition, of disk: DiskFacts) -> Bool {
        reading(disk) { try $0(partition.offset(blockSize: disk.blockSize), 4096) }?.allSatisfy { $0 == 0 } ?? false
    }

    /// Nil when the disk cannot be read.
    private func reading<Value>(
        _ disk: DiskFacts, _ body: (@escaping (_ offset: UInt64, _ count: Int) throws -> [UInt8]) throws -> Value
    ) -> Value? {
        let file = open(root + disk.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return try? body { try PlacedOctets.read($1, of: file, at: $0, orSay: "cannot read \(disk.path)") }
    }

    /// What holds the disk or one of its partitions: a mount, or a device that is made of it.
    private func user(of name: String, _ directory: String) -> String? {
        let partitions = ((try? Files.names(in: directory)) ?? []).filter { $0.hasPrefix(name) }
        for holder in [directory + "/holders"] + partitions.map({ directory + "/\($0)/holders" }) {
            if let first = (try? Files.names(in: holder))?.first { return first }
        }
        let used = ["/proc/mounts", "/proc/swaps"].map { (try? Files.readText(root + $0, limit: 1 << 20)) ?? "" }
        for line in used.joined(separator: "\n").split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let device = words.first?.split(separator: "/").last.map(String.init), words[0].hasPrefix("/dev/")
            else { continue }
            if device == name || partitions.contains(device) { return words.count > 1 ? "\(words[1])" : "swap" }
        }
        return nil
    }

    /// Disks of SCSI, SATA and USB tell it in a page of "vital product data": four octets, then the number (SPC-4, section
    /// 7.8.15).
    private func pageOfSerial(_ directory: String) -> String? {
        guard let page = try? Files.read(directory + "/device/vpd_pg80", limit: 4096) else { return nil }
        let text = String(decoding: page.dropFirst(4).filter { (0x21..<0x7F).contains($0) }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }

    private func number(_ path: String) -> Int64? { word(path).flatMap { Int64($0) } }

    /// The first line of a small file, without white space around.
    private func word(_ path: String) -> String? {
        guard let text = try? Files.readText(path, limit: 4096) else { return nil }
        let line = text.prefix { !$0.isNewline && $0 != "\0" }.drop(while: \.isWhitespace)
        let word = String(line.reversed().drop(while: \.isWhitespace).reversed())
        return word.isEmpty ? nil : word
    }
}

/// Where a disk is plugged in, by the path of its device below /sys/devices.
package enum DiskPlace {
    /// One of ``DiskRule/buses``.
    package static func bus(device: String, name: String) -> String {
        let parts = device.split(separator: "/")
        func has(_ prefix: String) -> Bool {
            parts.contains { $0.hasPrefix(prefix) && $0.dropFirst(prefix.count).first?.isNumber == true }
        }
        if name.hasPrefix("nvme") { return "nvme" }
        if name.hasPrefix("mmcblk") { return "mmc" }
        if has("usb") { return "usb" }
        if has("ata") { return "sata" }
        if has("host") { return "scsi" }
        return has("virtio") ? "virtio" : "other"
    }

    /// The names that udev gives below /dev/disk/by-path.
    ///
    /// - Parameters:
    ///   - namespace: of an NVMe disk.
    ///   - port: the number of an ATA port on its controller, by its name such as `ata3`.
    package static func links(device: String, namespace: Int64?, port: (String) -> Int64?) -> [String] {
        let parts = device.split(separator: "/").map(String.init)
        guard let address = parts.last(where: isPCIAddress) else { return [] }
        let path = "/dev/disk/by-path/pci-\(address)"
        if let namespace { return [path + "-nvme-\(namespace)"] }
        if let name = parts.first(where: { $0.hasPrefix("ata") && $0.dropFirst(3).allSatisfy(\.isNumber) }) {
            // As of systemd 247, and as before.
            return port(name).map { [path + "-ata-\($0).0", path + "-ata-\($0)"] } ?? []
        }
        if let target = parts.first(where: { $0.split(separator: ":").count == 4 && !isPCIAddress($0) }) {
            // udev counts hosts from the first of their controller.
            let rest = target.split(separator: ":").dropFirst().joined(separator: ":")
            return [path + "-scsi-0:\(rest)"]
        }
        guard parts.contains(where: { $0.hasPrefix("virtio") }) else { return [] }
        return [path, "/dev/disk/by-path/virtio-pci-\(address)"]
    }

    /// `0000:00:1f.2`
    private static func isPCIAddress(_ part: String) -> Bool {
        let fields = part.split(separator: ":")
        return fields.count == 3 && fields[0].count == 4 && fields[2].split(separator: ".").count == 2
    }
}
