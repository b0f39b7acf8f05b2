import DeploymentModel
import LinuxSystem
import MusterBase

/// Makes a system on a disk start: its initramfs and GRUB, with its own programs.
struct BootLoaderSetup: Sendable {
    let system: ForeignRoot
    let disk: TargetDisk
    let kernelRelease: String
    let isUEFI: Bool
    /// The distribution's word in os-release, by which its loader is called: its signed GRUB looks for its files there.
    let distribution: String

    private static let biosModules = "/usr/lib/grub/i386-pc/modinfo.sh"
    private static let efiModules = "/usr/lib/grub/x86_64-efi/modinfo.sh"

    /// Throws `unsupported` with all that is missing in an image for this kind of firmware.
    static func require(in image: ForeignRoot, isUEFI: Bool) throws {
        try image.require([.grubInstall, .grubMakeConfiguration])
        if isUEFI, !image.has(efiModules) {
            throw image.lacks(["GRUB for UEFI (\(efiModules))"], packages: ["grub-efi-amd64-bin"])
        }
        if !isUEFI, !image.has(biosModules) {
            throw image.lacks(["GRUB for BIOS (\(biosModules))"], packages: ["grub-pc-bin"])
        }
        if !image.has(.updateInitramfs), !image.has(.dracut) {
            throw image.lacks(["update-initramfs or dracut"], packages: ["initramfs-tools"])
        }
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

    /// GRUB, and its menu.
    func installLoader(_ options: ToolOptions) async throws {
        if isUEFI {
            let common = ["--target=x86_64-efi", "--efi-directory=/boot/efi", "--no-nvram", "--recheck"]
            _ = try await system.check(
                .grubInstall, common + ["--bootloader-id=\(distribution)"], options, doing: "installing GRUB for UEFI")
            // Firmware that forgot its variables, and disks that moved to another machine, start from there.
            _ = try await system.check(
                .grubInstall, common + ["--removable"], options,
                doing: "installing GRUB at the place for removable disks")
        } else {
            _ = try await system.check(
                .grubInstall, ["--target=i386-pc", "--recheck", disk.facts.path], options,
                doing: "installing GRUB for BIOS")
        }
        _ = try await system.check(
            .grubMakeConfiguration, ["-o", "/boot/grub/grub.cfg"], options, doing: "writing GRUB's menu")
    }
}
