/// Fedora CoreOS and RHEL CoreOS: the live ISO, or the files for network boot.
enum FedoraCoreOSMedium: MediumRecogniser {
    static let evidence = "coreos.liveiso in the boot menu, or *-live-kernel and *-live-rootfs (Fedora CoreOS)"

    static func recognise(_ listing: MediumListing) -> MediumDescription? {
        netboot(listing) ?? disc(listing)
    }

    private static let products = [
        ("fedora-coreos-", "fedora-coreos", "Fedora CoreOS"), ("rhcos-", "rhcos", "RHEL CoreOS"),
    ]

    /// `fedora-coreos-42.20250609.3.0-live-kernel.x86_64`; before 42 `-live-kernel-x86_64`.
    private static func netboot(_ listing: MediumListing) -> MediumDescription? {
        for (lead, id, label) in products {
            let files = listing.paths { $0.hasPrefix(lead) && $0.contains("-live-") && !$0.hasSuffix(".sig") }
            guard let kernel = files.first(where: { $0.contains("-live-kernel") }),
                let version = versionText(after: lead, in: kernel, allowing: "-"),
                let architecture = ProcessorName.find(in: String(kernel.suffix(12)))
            else { continue }
            let stem = "\(lead)\(version)-live-"
            let initramfs = files.first { $0.hasPrefix("\(stem)initramfs") }
            let rootfs = files.first { $0.hasPrefix("\(stem)rootfs") }
            let missing = [initramfs == nil ? "\(stem)initramfs" : nil, rootfs == nil ? "\(stem)rootfs" : nil]
            return describe(
                id, label, version, architecture, "live-pxe", kernel, initramfs, rootfs, listing,
                missing: missing.compactMap { $0 })
        }
        return nil
    }

    private static func disc(_ listing: MediumListing) -> MediumDescription? {
        guard let kernel = listing.path("images/pxeboot/vmlinuz"),
            let rootfs = listing.path("images/pxeboot/rootfs.img")
        else { return nil }
        let menus = ["coreos/kargs.json", "zipl.prm", "isolinux/isolinux.cfg", "EFI/fedora/grub.cfg"]
        let texts = menus.compactMap { listing.text($0) } + [listing.volumeLabel, listing.sourceName].compactMap { $0 }
        for (lead, id, label) in products {
            guard let version = texts.lazy.compactMap({ versionText(after: lead, in: $0) }).first else { continue }
            let architecture =
                listing.octets(kernel).flatMap { KernelHeader.architecture($0) }
                ?? ProcessorName.find(in: listing.sourceName)
            guard let architecture else { continue }
            return describe(
                id, label, version, architecture, "live", kernel, listing.path("images/pxeboot/initrd.img"), rootfs,
                listing)
        }
        return nil
    }

    private static func describe(
        _ id: String, _ label: String, _ version: String, _ architecture: String, _ variant: String, _ kernel: String,
        _ initramfs: String?, _ rootfs: String?, _ listing: MediumListing, missing: [String] = []
    ) -> MediumDescription {
        MediumDescription(
            family: .fedoraCoreOS, distribution: id, version: version, architecture: architecture, variant: variant,
            label: "\(label) \(version)", defaultName: MediumName.of(id, version, variant, architecture),
            kernel: kernel, initramfs: initramfs.map { [$0] } ?? [],
            bootFiles: EFILoaders.find(in: listing, architecture: architecture)
                + (rootfs.map { [BootFile(.rootfs, $0)] } ?? []),
            checksumLists: ChecksumList.find(in: listing), missing: missing)
    }
}
