/// Alpine: a disc with `.alpine-release`, or the netboot archive, whose name alone tells the version.
enum AlpineMedium: MediumRecogniser {
    static let evidence = ".alpine-release, or boot/modloop-* (Alpine)"

    static func recognise(_ listing: MediumListing) -> MediumDescription? {
        let release = listing.text(".alpine-release")
        guard let modules = listing.paths(where: { $0.hasPrefix("boot/modloop-") && !$0.hasSuffix(".sig") }).first
        else {
            return nil
        }
        // lts, virt, rpi.
        let flavour = modules.dropFirst("boot/modloop-".count)
        guard let kernel = listing.path("boot/vmlinuz-\(flavour)"),
            let initramfs = listing.path("boot/initramfs-\(flavour)")
        else { return nil }
        let tag = release.flatMap { $0.split(whereSeparator: \.isWhitespace).first }.map(String.init)
        let parts = (tag ?? listing.sourceName).split(separator: "-").map(String.init)
        let number = parts.firstIndex { $0.first.map { ("0"..."9").contains($0) } ?? false }
        let version = number.map { parts[$0] }
        let variant = release == nil ? "netboot" : number.flatMap { $0 >= 2 ? parts[$0 - 1] : nil }
        guard let architecture = architecture(listing, kernel) else { return nil }
        return MediumDescription(
            family: .alpine, distribution: "alpine", version: version, architecture: architecture, variant: variant,
            label: ["Alpine", version].compactMap { $0 }.joined(separator: " "),
            defaultName: MediumName.of("alpine", version, variant, architecture), kernel: kernel,
            initramfs: [initramfs],
            bootFiles: EFILoaders.find(in: listing, architecture: architecture) + [BootFile(.modules, modules)],
            checksumLists: ChecksumList.find(in: listing))
    }

    /// By the packages (`apks/x86_64/`), the kernel itself, or the name of the file.
    private static func architecture(_ listing: MediumListing, _ kernel: String) -> String? {
        let packages = listing.paths { $0.hasPrefix("apks/") && $0.hasSuffix("/apkindex.tar.gz") }.first
        let named = packages?.split(separator: "/").dropFirst().first.map { ProcessorName.ofKernel($0) }
        return named ?? listing.octets(kernel).flatMap { KernelHeader.architecture($0) }
            ?? ProcessorName.find(in: listing.sourceName)
    }
}
