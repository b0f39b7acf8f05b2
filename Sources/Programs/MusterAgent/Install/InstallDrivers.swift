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
    /// How long disks may take to appear, after the last that did.
    private static let patience = Duration.seconds(12)

    /// Returns the disks, when no more appear.
    func load(fileSystem: InstallSettings.FileSystem) async throws -> [DiskFacts] {
        for module in InstallDrivers.named + [fileSystem.rawValue] { loader.load(module) }
        let end = ContinuousClock.now + InstallDrivers.patience
        var before = -1
        while true {
            while loader.loadForDevices(where: { path in InstallDrivers.wanted.contains { path.hasPrefix($0) } }) {}
            let count = ((try? Files.names(in: "/sys/block")) ?? []).count
            let disks = count == before ? DiskScan().disks() : []
            // Buses are looked through in the background: two looks a second apart have to give the same.
            if !disks.isEmpty || ContinuousClock.now >= end { return disks }
            before = count
            try await Task.sleep(for: .seconds(1))
        }
    }
}
