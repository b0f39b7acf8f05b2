import DeploymentModel
import LinuxSystem
import MusterBase

/// Makes a system on a disk start: its initramfs and boot loader, with its own programs.
struct BootLoaderSetup: Sendable {
    let system: ForeignRoot
    let disk: TargetDisk
    let kernelRelease: String
    let isUEFI: Bool
    let bootLoader: BootLoader
    /// The distribution's word in os-release, by which its loader is called: its signed GRUB looks for its files there.
    let distribution: String
    /// For the boot from disk.
    let kernelArguments: [String]

    /// What an image lacks to start from a disk with this kind of firmware.
    static func needs(in image: ForeignRoot, _ bootLoader: BootLoader, isUEFI: Bool) -> [ForeignRoot.Need] {
        let makesInitramfs = image.has(.updateInitramfs) || image.has(.dracut)
        return bootLoader.needs(of: image, isUEFI: isUEFI)
            + (makesInitramfs ? [] : [.init(what: "update-initramfs or dracut", packages: ["initramfs-tools"])])
    }

    /// The initramfs of the installed system, as its distribution makes it.
    func makeInitramfs(_ options: ToolOptions) async throws {
        if system.has(.updateInitramfs) {
            _ = try await system.check(
                .updateInitramfs, ["-c", "-k", kernelRelease], options, doing: "making the initramfs")
        } else {
            _ = try await system.check(
                .dracut, ["--force", "--kver", kernelRelease, "/boot/initrd.img-\(kernelRelease)"], options,
                doing: "making the initramfs")
        }
    }

    /// The boot loader, and its menu.
    ///
    /// - Returns: false when the loader that was there is the one that starts this system.
    func installLoader(_ options: ToolOptions) async throws -> Bool {
        guard bootLoader == .grub else {
            try await SystemdBootSetup(system: system, kernelRelease: kernelRelease).install(options)
            return true
        }
        let isNew = disk.slot == nil || !hasSharedLoader
        if disk.slot == nil {
            try await installGRUB([], options)
        } else if isNew {
            try await installSharedLoader(options)
        }
        try Files.createDirectory(system.path + "/boot/grub")
        _ = try await system.check(
            .grubMakeConfiguration, ["-o", "/boot/grub/grub.cfg"], options, doing: "writing GRUB's menu")
        return isNew
    }

    private static let sharedDirectory = TargetDisk.efiMountPoint + RootChoiceFile.grubDirectory

    /// Whether both roots have a loader for this kind of firmware. It stays then: nothing that goes wrong here may keep
    /// the other root from starting.
    private var hasSharedLoader: Bool {
        let modules = Self.sharedDirectory + (isUEFI ? "/x86_64-efi" : "/i386-pc")
        return disk.isKept && Files.exists(modules + "/normal.mod")
    }

    /// GRUB for both roots, in the EFI system partition.
    private func installSharedLoader(_ options: ToolOptions) async throws {
        let directory = Self.sharedDirectory
        let boot = BootLoader.efiMountPoint + RootChoiceFile.loaderDirectory
        try await installGRUB(["--boot-directory=\(boot)"], options)
        let menu = RootMenu(
            a: disk.fileSystemUUID(of: .a), b: disk.fileSystemUUID(of: .b), kernelArguments: kernelArguments,
            hasBoot: disk.boot != nil)
        try AtomicFile.write(menu.text, to: directory + "/grub.cfg", mode: 0o600)
        // The distributions' menus would write to it, and none of them would take it back.
        if Files.exists(directory + "/grubenv") { try Files.remove(directory + "/grubenv") }
    }

    private func installGRUB(_ place: [String], _ options: ToolOptions) async throws {
        if isUEFI {
            let partition = "--efi-directory=\(BootLoader.efiMountPoint)"
            let common = ["--target=x86_64-efi", partition, "--no-nvram", "--recheck"] + place
            _ = try await system.check(
                .grubInstall, common + ["--bootloader-id=\(distribution)"], options, doing: "installing GRUB for UEFI")
            // Firmware that forgot its variables, and disks that moved to another machine, start from there.
            _ = try await system.check(
                .grubInstall, common + ["--removable"], options,
                doing: "installing GRUB at the place for removable disks")
        } else {
            _ = try await system.check(
                .grubInstall, ["--target=i386-pc", "--recheck"] + place + [disk.facts.path], options,
                doing: "installing GRUB for BIOS")
        }
    }
}
