import CLinux
import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The disk that a system is written to: partitioned, with file systems, mounted.
struct TargetDisk: Sendable {
    let facts: DiskFacts
    let table: PartitionTable
    let fileSystem: InstallSettings.FileSystem
    /// The serial number of the FAT file system, which is its UUID to others: `1A2B-3C4D`.
    let efiSerial: UInt32
    let rootUUID: DiskGUID
    /// Where the root is encrypted.
    let encryption: DiskEncryption?
    /// The volume that is to be made for it.
    private let newVolume: NewVolume?
    /// On a disk with two roots: the one that is written.
    let slot: RootSlot?
    var extras: ExtraPartitions
    /// True when the table, the EFI system partition and the other root were there before and stay.
    let isKept: Bool

    /// Where the new root is mounted in the initramfs.
    static let mountPoint = "/target"
    static let bootMountPoint = mountPoint + "/boot"
    static let efiMountPoint = bootMountPoint + "/efi"

    var efiDevice: String { device(InstallLayout.efiNumber) }
    /// Where the root's file system lies.
    var rootDevice: String { volume == nil ? device(InstallLayout.rootNumber(slot)) : EncryptedVolume.device }
    var volume: EncryptedVolume? {
        newVolume.map { EncryptedVolume(partition: device(InstallLayout.rootNumber(slot)), uuid: $0.uuid) }
    }
    /// What holds /boot, where the root is encrypted. Its file system has the UUID of the partition.
    var boot: Partition? { encryption.flatMap { _ in table.partition(labelled: InstallLayout.bootLabel(slot)) } }
    /// As `PARTUUID=` takes them.
    var efiPartition: String { partition(InstallLayout.efiNumber) }
    var rootPartition: String { partition(InstallLayout.rootNumber(slot)) }
    var efiUUID: String {
        let hex = String(efiSerial, radix: 16, uppercase: true)
        let digits = String(repeating: "0", count: 8 - hex.count) + hex
        return "\(digits.prefix(4))-\(digits.suffix(4))"
    }

    /// What the system on the disk has to do to the volume's key.
    var seal: DiskSeal? {
        guard let encryption, !encryption.registers.isEmpty else { return nil }
        return DiskSeal(partition: "/dev/disk/by-partuuid/\(rootPartition)", registers: encryption.registers)
    }

    /// Where chunks are kept; nil where they are not.
    var storeDevice: String? { table.partition(labelled: InstallLayout.fillLabel).map { device($0.number) } }

    /// The root's device on a disk with two roots.
    func device(of slot: RootSlot) -> String { device(InstallLayout.rootNumber(slot)) }

    /// The UUID that the file system with a root's /boot has, however often it is made anew: so the menu that looks for
    /// it stays.
    func fileSystemUUID(of slot: RootSlot) -> DiskGUID {
        let label = encryption == nil ? InstallLayout.rootLabel(slot) : InstallLayout.bootLabel(slot)
        return table.partition(labelled: label)?.guid ?? .unused
    }

    private func device(_ number: Int) -> String { InstallLayout.device(number, of: facts.path) }

    private func partition(_ number: Int) -> String {
        table.partitions.first { $0.number == number }.map { "\($0.guid)" } ?? ""
    }

    /// Writes a new partition table, and takes away what was at the beginning and at the end of the disk.
    ///
    /// - Parameter before: the table that it replaces, if that was Muster's: chunks that lie where they are to lie stay.
    static func partition(
        _ disk: DiskFacts, layout: InstallLayout, slot: RootSlot?, settings: InstallSettings, volume: NewVolume?,
        before: PartitionTable?
    ) throws -> TargetDisk {
        var random = SystemRandomNumberGenerator()
        let table = try write(layout.plan { DiskGUID.random(using: &random) }, to: disk, before: before)
        return TargetDisk(
            disk, table, settings, volume, efiSerial: UInt32.random(in: 1 ... .max, using: &random), slot: slot,
            isKept: false)
    }

    /// The table alone, with nothing in its partitions.
    static func write(
        _ plan: PartitionPlan, to disk: DiskFacts, before: PartitionTable? = nil
    ) throws -> PartitionTable {
        var random = SystemRandomNumberGenerator()
        let table = try plan.table(
            disk: .random(using: &random), blockSize: disk.blockSize,
            blockCount: UInt64(disk.size) / UInt64(disk.blockSize))
        let file = try open(disk)
        defer { close(file) }
        // Of what was there before, no signature may be left: neither of the whole disk nor of a partition.
        let store = before?.partition(labelled: InstallLayout.fillLabel)
        let others = table.partitions.filter { partition in
            partition.label != InstallLayout.fillLabel || partition.firstBlock != store?.firstBlock
                || partition.lastBlock != store?.lastBlock
        }
        try erase([0, UInt64(disk.size) - eraseSize] + others.map { offset($0, disk) }, file, disk)
        for region in try table.regions() { try write(region.octets, to: file, at: region.offset, disk) }
        guard fsync(file) == 0 else { throw systemError("cannot bring the partition table to \(disk.path)") }
        guard muster_reread_partitions(file) == 0 else {
            throw systemError("the kernel does not take the new partition table of \(disk.path)")
        }
        return table
    }

    /// Takes a disk with two roots as it is, but for what lies at the beginning of the root that is to be written.
    static func keep(
        _ disk: DiskFacts, table: PartitionTable, slot: RootSlot, settings: InstallSettings, volume: NewVolume?
    ) throws -> TargetDisk {
        let file = try open(disk)
        defer { close(file) }
        let roots = table.partitions.filter { $0.label == InstallLayout.rootLabel(slot) }
        try erase(roots.map { offset($0, disk) }, file, disk)
        guard fsync(file) == 0 else { throw systemError("cannot write to \(disk.path)") }
        // BS_VolID of FAT32 (Microsoft's specification of FAT, 2000, "Boot Sector and BPB Structure").
        var serial = [UInt8](repeating: 0, count: 4)
        let efi = table.partitions.first { $0.number == InstallLayout.efiNumber }
        let place = efi.map { offset($0, disk) + 67 } ?? 0
        guard pread(file, &serial, serial.count, off_t(place)) == serial.count else {
            throw systemError("cannot read \(disk.path)")
        }
        return TargetDisk(
            disk, table, settings, volume, efiSerial: serial.reversed().reduce(0) { $0 << 8 | UInt32($1) }, slot: slot,
            isKept: true)
    }

    private init(
        _ facts: DiskFacts, _ table: PartitionTable, _ settings: InstallSettings, _ volume: NewVolume?,
        efiSerial: UInt32,
        slot: RootSlot?, isKept: Bool
    ) {
        var random = SystemRandomNumberGenerator()
        self.facts = facts
        self.table = table
        fileSystem = settings.fileSystem
        encryption = settings.encryption
        newVolume = volume
        extras = ExtraPartitions(of: settings, table, disk: facts.path, isKept: isKept)
        self.efiSerial = efiSerial
        self.slot = slot
        self.isKept = isKept
        let ofSlot = slot.flatMap { table.partition(labelled: InstallLayout.rootLabel($0))?.guid }
        rootUUID = ofSlot ?? .random(using: &random)
    }

    /// In octets.
    private static let eraseSize: UInt64 = 1 << 20

    private static func open(_ disk: DiskFacts) throws -> Int32 {
        let file = muster_open_disk(disk.path)
        guard file >= 0 else { throw systemError("cannot open \(disk.path) for this installation alone") }
        return file
    }

    private static func offset(_ partition: Partition, _ disk: DiskFacts) -> UInt64 {
        partition.offset(blockSize: disk.blockSize)
    }

    private static func erase(_ places: [UInt64], _ file: Int32, _ disk: DiskFacts) throws {
        let zeros = [UInt8](repeating: 0, count: Int(eraseSize))
        for place in places { try write(zeros, to: file, at: place, disk) }
    }

    private static func write(_ octets: [UInt8], to file: Int32, at offset: UInt64, _ disk: DiskFacts) throws {
        try PlacedOctets.write(octets, to: file, at: offset, orSay: "cannot write to \(disk.path)")
    }

    /// The programs that ``makeFileSystems(with:)`` runs.
    static func tools(for settings: InstallSettings) -> [Tool] {
        [.mkfsFAT, settings.fileSystem.maker] + ExtraPartitions.tools(for: settings)
    }

    /// Makes the file systems, with the image's own programs; before that, where the root is to be encrypted, the volume
    /// that it lies in.
    func makeFileSystems(with image: ForeignRoot) async throws {
        if let volume, let newVolume { try await volume.make(with: image, newVolume.recoveryKey) }
        if let boot {
            let type = InstallSettings.FileSystem.ext4
            try await type.make(device(boot.number), label: "muster-boot", uuid: boot.guid, with: image, for: "/boot")
        }
        if !isKept {
            let serial = String(efiSerial, radix: 16)
            _ = try await image.check(
                .mkfsFAT, ["-F", "32", "-n", "MUSTER-EFI", "-i", serial, efiDevice],
                doing: "making the file system of the boot loader")
        }
        // XFS has room for twelve characters.
        let label = slot.map { "muster-\($0.rawValue)" } ?? "muster-root"
        try await fileSystem.make(rootDevice, label: label, uuid: rootUUID, with: image, for: "the root")
    }

    /// Names as udev makes them, which the boot loader's programs look for; there is no udev in the initramfs.
    func makeLinks() throws {
        var links = [
            ("by-uuid/\(rootUUID)", rootDevice), ("by-uuid/\(efiUUID)", efiDevice),
            ("by-partuuid/\(rootPartition)", device(InstallLayout.rootNumber(slot))),
            ("by-partuuid/\(efiPartition)", efiDevice),
        ]
        if let volume { links.append(("by-uuid/\(volume.uuid)", volume.partition)) }
        if let boot { links += ["by-uuid", "by-partuuid"].map { ("\($0)/\(boot.guid)", device(boot.number)) } }
        for (name, device) in links {
            let path = "/dev/disk/" + name
            try Files.createDirectory(FilePathText.parent(of: path))
            try Files.link(path, to: device)
        }
    }

    func mountRoot() throws {
        try Files.createDirectory(TargetDisk.mountPoint)
        try Mounts.mount(fileSystem.rawValue, from: rootDevice, at: TargetDisk.mountPoint)
        guard let boot else { return }
        try Files.createDirectory(TargetDisk.bootMountPoint)
        try Mounts.mount("ext4", from: device(boot.number), at: TargetDisk.bootMountPoint)
    }

    func mountEFI() throws {
        try Files.createDirectory(TargetDisk.efiMountPoint)
        try Mounts.mount("vfat", from: efiDevice, at: TargetDisk.efiMountPoint, data: "umask=0077")
    }

    /// What is mounted at the target, the innermost first.
    private static var mountPoints: [String] {
        let table = (try? Files.readText("/proc/self/mounts", limit: 1 << 20)) ?? ""
        return Mounts.ofDevices(at: mountPoint, in: table)
    }

    /// Takes what is mounted at the target out of sight, whoever uses it.
    static func abandon() {
        for path in mountPoints { try? Mounts.detach(path) }
    }

    /// Takes all that is mounted at the target away, as far as there is something.
    static func unmount() throws {
        for path in mountPoints { try Mounts.unmount(path) }
    }

    /// Brings all that was written to the target to the disk.
    static func sync() throws {
        for path in mountPoints { try AtomicFile.syncFileSystem(of: path) }
    }
}
