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
        "kernel/drivers/char/tpm/",
    ]
    /// Modules that no device asks for.
    private static let named = [
        "sd_mod", "vfat", "nls_cp437", "nls_ascii", "nls_iso8859_1", "nls_utf8", "efivarfs",
        // What file systems ask the kernel for by the name of an algorithm.
        "crc32c_generic", "crc32c_intel", "xxhash_generic", "blake2b_generic", "sha256_generic",
    ]
    /// Returns the disks, when no more appear: see ``DiskPatience``.
    ///
    /// - Parameter settings: of what is to be written: what its file system and its encryption want is loaded as well.
    func load(for settings: InstallSettings? = nil, rule: DiskRule) async throws -> [DiskFacts] {
        let particular = settings.map { [$0.fileSystem.rawValue] + $0.extras.map(\.type.rawValue) } ?? []
        let ciphers = settings?.encryption == nil ? [] : EncryptedVolume.drivers
        for module in InstallDrivers.named + particular + ciphers { loader.load(module) }
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
