import DeploymentModel
import LinuxSystem
import MusterBase

/// Loads what disks and their file systems want, out of the image: the initramfs has what the network wants.
struct InstallDrivers {
    let loader: ModuleLoader

    private static let wanted = [
        "kernel/drivers/ata/", "kernel/drivers/block/", "kernel/drivers/nvme/", "kernel/drivers/scsi/",
        "kernel/drivers/message/", "kernel/drivers/mmc/", "kernel/drivers/usb/host/", "kernel/drivers/usb/storage/",
        "kernel/drivers/virtio/", "kernel/drivers/pci/", "kernel/drivers/hv/", "kernel/drivers/md/",
    ]
    /// Modules that no device asks for.
    private static let named = [
        "sd_mod", "vfat", "nls_cp437", "nls_ascii", "nls_iso8859_1", "nls_utf8", "efivarfs",
        // What file systems ask the kernel for by the name of an algorithm.
        "crc32c_generic", "crc32c_intel", "xxhash_generic", "blake2b_generic", "sha256_generic",
    ]
    /// Returns the disks, when no more appear: see ``DiskPatience``.
    ///
    /// - Parameter fileSystem: whose driver is loaded as well.
    func load(fileSystem: InstallSettings.FileSystem? = nil, rule: DiskRule) async throws -> [DiskFacts] {
        for module in InstallDrivers.named + [fileSystem?.rawValue].compactMap({ $0 }) { loader.load(module) }
        let start = ContinuousClock.now
        var patience = DiskPatience(rule: rule)
        while true {
            while loader.loadForDevices(where: { path in InstallDrivers.wanted.contains { path.hasPrefix($0) } }) {}
            let disks = DiskScan().disks()
            if patience.isOver(disks, at: ContinuousClock.now - start) { return disks }
            try await Task.sleep(for: .seconds(1))
        }
    }
}
