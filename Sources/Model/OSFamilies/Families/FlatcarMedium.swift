/// Flatcar: the files for network boot, or the ISO.
enum FlatcarMedium: MediumRecogniser {
    static let evidence = "flatcar_production_pxe.vmlinuz, or flatcar/vmlinuz (Flatcar)"

    static func recognise(_ listing: MediumListing) -> MediumDescription? {
        guard let kernel = listing.first(["flatcar_production_pxe.vmlinuz", "flatcar/vmlinuz"]) else { return nil }
        let isDisc = kernel.contains("/")
        let wanted = isDisc ? "flatcar/cpio.gz" : "flatcar_production_pxe_image.cpio.gz"
        let initramfs = listing.path(wanted)
        let architecture =
            listing.octets(kernel).flatMap { KernelHeader.architecture($0) }
            ?? ProcessorName.find(in: listing.sourceName) ?? "x86_64"
        let version = listing.text("version.txt").flatMap { versionText(after: "FLATCAR_VERSION=", in: $0) }
        let variant = isDisc ? "iso" : "pxe"
        return MediumDescription(
            family: .flatcar, distribution: "flatcar", version: version, architecture: architecture, variant: variant,
            label: ["Flatcar", version].compactMap { $0 }.joined(separator: " "),
            defaultName: MediumName.of("flatcar", version, variant, architecture), kernel: kernel,
            initramfs: initramfs.map { [$0] } ?? [],
            bootFiles: EFILoaders.find(in: listing, architecture: architecture),
            checksumLists: ChecksumList.find(in: listing), missing: initramfs == nil ? [wanted] : [])
    }
}
