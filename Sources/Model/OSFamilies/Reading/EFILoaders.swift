/// The loaders in a medium's `EFI/BOOT`, where firmware looks for them.
public enum EFILoaders {
    /// The signed shim and GRUB of a processor, as far as they are there.
    static func find(in listing: MediumListing, architecture: String, directory: String = "EFI/BOOT") -> [BootFile] {
        guard let suffix = suffix(of: architecture) else { return [] }
        let shim = listing.path("\(directory)/boot\(suffix).efi").map { BootFile(.shim, $0) }
        // SUSE's has no processor in its name.
        let grub = listing.first(["\(directory)/grub\(suffix).efi", "\(directory)/grub.efi"])
        return [shim, grub.map { BootFile(.grub, $0) }].compactMap { $0 }
    }

    /// As in `BOOTX64.EFI` (UEFI 2.10, section 3.5.1.1).
    public static func suffix(of architecture: String) -> String? {
        switch architecture {
        case "x86_64": "x64"
        case "i686": "ia32"
        case "aarch64": "aa64"
        case "riscv64": "riscv64"
        case "loongarch64": "loongarch64"
        default: nil
        }
    }
}
