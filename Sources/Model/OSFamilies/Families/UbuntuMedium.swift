/// Ubuntu's discs, and its netboot archive.
enum UbuntuMedium: MediumRecogniser {
    static let evidence = ".disk/info, or the netboot archive's grub.cfg (Ubuntu)"

    static func recognise(_ listing: MediumListing) -> MediumDescription? {
        disc(listing) ?? netboot(listing)
    }

    /// `Ubuntu-Server 22.04.4 LTS "Jammy Jellyfish" - Release amd64 (20240216.1)`
    private static func disc(_ listing: MediumListing) -> MediumDescription? {
        guard let info = listing.text(".disk/info").map({ trimmed($0) }), info.hasPrefix("Ubuntu") else { return nil }
        let words = info.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count >= 2, let debian = words.last(where: { ProcessorName.debian.contains($0) }) else {
            return nil
        }
        let version = words[1]
        let isServer = words[0] == "Ubuntu-Server"
        let isLive = listing.path("casper/vmlinuz") != nil
        let variant = isServer ? (isLive ? "live-server" : "server") : "desktop"
        let kernel = listing.first([
            "casper/vmlinuz", "install/vmlinuz", "install/netboot/ubuntu-installer/\(debian)/linux",
        ])
        let initramfs = listing.first(["casper/initrd", "casper/initrd.gz", "install/initrd.gz"])
        let architecture = ProcessorName.ofKernel(debian)
        return MediumDescription(
            family: .ubuntu, distribution: "ubuntu", version: version, architecture: architecture, variant: variant,
            label: "Ubuntu \(version) \(variant)", defaultName: MediumName.of("ubuntu", version, variant, debian),
            kernel: kernel, initramfs: initramfs.map { [$0] } ?? [],
            bootFiles: EFILoaders.find(in: listing, architecture: architecture),
            checksumLists: ChecksumList.find(in: listing),
            // casper, booted over the network, fetches the image as it is (casper(7), `url=`).
            needsImage: isLive)
    }

    /// `amd64/linux`, `amd64/initrd`, and a GRUB menu that names the image which they belong to.
    private static func netboot(_ listing: MediumListing) -> MediumDescription? {
        for debian in ProcessorName.debian.sorted() {
            guard let kernel = listing.path("\(debian)/linux"), let initramfs = listing.path("\(debian)/initrd"),
                let menu = listing.text("\(debian)/grub/grub.cfg") ?? listing.text("grub/grub.cfg"),
                let version = versionText(after: "/ubuntu-", in: menu)
            else { continue }
            let suffix = EFILoaders.suffix(of: ProcessorName.ofKernel(debian)) ?? ""
            let shim = listing.path("\(debian)/boot\(suffix).efi").map { BootFile(.shim, $0) }
            let grub = listing.path("\(debian)/grub\(suffix).efi").map { BootFile(.grub, $0) }
            return MediumDescription(
                family: .ubuntu, distribution: "ubuntu", version: version,
                architecture: ProcessorName.ofKernel(debian), variant: "netboot", label: "Ubuntu \(version) netboot",
                defaultName: MediumName.of("ubuntu", version, "netboot", debian), kernel: kernel,
                initramfs: [initramfs], bootFiles: [shim, grub].compactMap { $0 },
                checksumLists: ChecksumList.find(in: listing))
        }
        return nil
    }
}
