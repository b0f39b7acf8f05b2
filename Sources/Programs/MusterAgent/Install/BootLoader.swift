import DeploymentModel
import LinuxSystem
import MusterBase

/// What starts a system from its disk: the one that its image brings with it.
package enum BootLoader: Sendable, Hashable {
    case grub
    /// UEFI alone. It reads kernels from the EFI system partition, where the distribution's own programs put them.
    case systemdBoot

    /// Of the EFI system partition, within the system.
    static let efiMountPoint = "/boot/efi"
    static let systemdBootFile = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi"
    private static let grubForBIOS = "/usr/lib/grub/i386-pc/modinfo.sh"
    private static let grubForUEFI = "/usr/lib/grub/x86_64-efi/modinfo.sh"

    /// GRUB where the image has it, since it does all that settings may ask for.
    package init(of image: ForeignRoot, isUEFI: Bool, settings: InstallSettings) {
        let isSimple = settings.layout == .single && settings.encryption == nil
        let lacksGRUB = !Self.grub.needs(of: image, isUEFI: isUEFI).isEmpty
        let hasOther = Self.systemdBoot.needs(of: image, isUEFI: isUEFI).isEmpty
        self = isUEFI && isSimple && lacksGRUB && hasOther ? .systemdBoot : .grub
    }

    /// What an image lacks of it.
    package func needs(of image: ForeignRoot, isUEFI: Bool) -> [ForeignRoot.Need] {
        switch self {
        case .grub:
            let (file, firmware, package) =
                isUEFI ? (Self.grubForUEFI, "UEFI", "grub-efi-amd64-bin") : (Self.grubForBIOS, "BIOS", "grub-pc-bin")
            let modules = ForeignRoot.Need(what: "GRUB for \(firmware) (\(file))", packages: [package])
            return image.missing([.grubInstall, .grubMakeConfiguration]) + (image.has(file) ? [] : [modules])
        case .systemdBoot:
            let loader = ForeignRoot.Need(what: "systemd-boot (\(Self.systemdBootFile))", packages: ["systemd-boot"])
            return image.missing([.bootctl, .kernelInstall]) + (image.has(Self.systemdBootFile) ? [] : [loader])
        }
    }
}
