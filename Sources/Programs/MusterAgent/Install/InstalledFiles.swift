import DeploymentModel
import MusterBase

/// What a system on a disk needs of settings beyond the identity of its node: as a list of changes, so that a test can
/// read it.
package struct InstalledFiles: Sendable {
    /// `PARTUUID=` of the partitions.
    package let rootPartition: String
    package let efiPartition: String
    package let fileSystem: InstallSettings.FileSystem
    package let bootLoader: BootLoader
    /// For the boot from disk.
    package let kernelArguments: [String]
    /// The image's own fstab.
    package let fileSystems: String
    /// Whether the disk has two roots: then the menu that starts this one adds arguments.
    package let hasTwoRoots: Bool
    /// Where the root is encrypted: the `PARTUUID=` of what holds /boot, and the UUID of the root's LUKS header.
    package let bootPartition: String?
    package let volume: String?
    /// Lines of fstab(5) for what lies beside the root.
    package let extras: [String]

    package init(
        rootPartition: String, efiPartition: String, fileSystem: InstallSettings.FileSystem,
        bootLoader: BootLoader = .grub, kernelArguments: [String], fileSystems: String, hasTwoRoots: Bool = false,
        bootPartition: String? = nil, volume: String? = nil,
        extras: [String] = []
    ) {
        self.rootPartition = rootPartition
        self.efiPartition = efiPartition
        self.fileSystem = fileSystem
        self.bootLoader = bootLoader
        self.kernelArguments = kernelArguments
        self.fileSystems = fileSystems
        self.hasTwoRoots = hasTwoRoots
        self.bootPartition = bootPartition
        self.volume = volume
        self.extras = extras
    }

    package var changes: [RootChange] {
        [
            .text("/etc/fstab", fileSystemTable),
            // No start from suspended memory: nothing to look for at each start.
            .text("/etc/initramfs-tools/conf.d/muster", "# Written by Muster at the installation.\nRESUME=none\n"),
        ] + loaderSettings + (volume.map { [.text("/etc/crypttab", volumeTable($0))] } ?? [])
    }

    /// crypttab(5). Without a key file: the TPM's answer comes in the place of what somebody would type.
    private func volumeTable(_ volume: String) -> String {
        "# Written by Muster at the installation.\n\(EncryptedVolume.name) UUID=\(volume) none luks,discard\n"
    }

    private var fileSystemTable: String {
        // Only ext has a check that is of use at a start.
        let pass = fileSystem == .ext4 ? 1 : 0
        let options = fileSystem == .ext4 ? "errors=remount-ro" : "defaults"
        let root = volume == nil ? "PARTUUID=\(rootPartition)" : EncryptedVolume.device
        let boot = bootPartition.map { ["PARTUUID=\($0) /boot ext4 defaults 0 2"] } ?? []
        let lines =
            [
                "# Written by Muster at the installation.",
                "\(root) / \(fileSystem.rawValue) \(options) 0 \(pass)",
            ] + boot + ["PARTUUID=\(efiPartition) /boot/efi vfat umask=0077 0 1"]
        let own = Set(extras.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) })
        let others = FileSystemTable.lines(of: fileSystems, without: own.union(["/", "/boot", "/boot/efi"]))
        return (lines + extras + others).joined(separator: "\n") + "\n"
    }

    private var loaderSettings: [RootChange] {
        switch bootLoader {
        case .grub: [.text("/etc/default/grub.d/muster.cfg", grubSettings)]
        case .systemdBoot:
            // For kernel-install(8): that of the image and that of each kernel to come.
            [
                .text("/etc/kernel/install.conf", "layout=bls\nBOOT_ROOT=\(BootLoader.efiMountPoint)\n"),
                .text("/etc/kernel/entry-token", "muster\n"),
                .text(
                    "/etc/kernel/cmdline",
                    (["root=PARTUUID=\(rootPartition)", "ro"] + kernelArguments).joined(separator: " ") + "\n"),
            ]
        }
    }

    private var grubSettings: String {
        // For GRUB itself, not for the shell that reads these settings.
        let arguments = kernelArguments + (hasTwoRoots ? ["\\$\(RootMenu.argumentsVariable)"] : [])
        var lines = [
            "# Written by Muster at the installation, from the profile's installed_kernel_arguments and console.",
            "GRUB_TIMEOUT=1", "GRUB_DISABLE_OS_PROBER=true", "GRUB_CMDLINE_LINUX_DEFAULT=\"\"",
            "GRUB_CMDLINE_LINUX=\"\(arguments.joined(separator: " "))\"",
        ]
        if let serial = InstalledFiles.serialCommand(kernelArguments) {
            lines += ["GRUB_TERMINAL=\"console serial\"", "GRUB_SERIAL_COMMAND=\"\(serial)\""]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// GRUB's command for the first serial console of the kernel's: `console=ttyS1,115200n8` is unit 1 at that speed.
    package static func serialCommand(_ arguments: [String]) -> String? {
        for argument in arguments where argument.hasPrefix("console=ttyS") {
            let parts = argument.dropFirst("console=ttyS".count).split(separator: ",")
            guard let unit = parts.first.flatMap({ Int($0) }) else { continue }
            let speed = parts.dropFirst().first.flatMap { Int($0.prefix(while: \.isNumber)) } ?? 9600
            return "serial --unit=\(unit) --speed=\(speed)"
        }
        return nil
    }
}
