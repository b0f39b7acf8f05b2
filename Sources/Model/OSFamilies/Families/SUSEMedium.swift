/// SUSE's media: linuxrc's and YaST's to 15, and Agama's live system from 16 on.
enum SUSEMedium: MediumRecogniser {
    static let evidence = "media.1/products, content, or Agama's LiveOS and pxeboot files (SUSE Linux Enterprise, Leap)"

    static func recognise(_ listing: MediumListing) -> MediumDescription? {
        yast(listing) ?? agama(listing) ?? agamaNetboot(listing)
    }

    private struct Product {
        let id: String
        let label: String
        let version: String?

        /// By a name such as `openSUSE-Leap`, `SLES`, `sle-module-basesystem`.
        init?(name: some StringProtocol, version: String?) {
            let lower = name.lowercased()
            if lower.contains("leap") {
                (id, label) = ("opensuse-leap", "openSUSE Leap")
            } else if lower.hasPrefix("sle") || lower.contains("suse linux enterprise") {
                (id, label) = ("sles", "SUSE Linux Enterprise Server")
            } else {
                return nil
            }
            self.version = version
        }
    }

    // MARK: To 15

    private static func yast(_ listing: MediumListing) -> MediumDescription? {
        guard let product = product(listing) else { return nil }
        let build = listing.text("media.1/media")?.split(whereSeparator: \.isNewline).dropFirst().first.map(String.init)
        let loaders = listing.paths { $0.hasPrefix("boot/") && $0.hasSuffix("/initrd") }
        guard
            let architecture = build.flatMap({ ProcessorName.find(in: $0) })
                ?? loaders.first?.split(separator: "/").dropFirst().first.map(String.init)
        else { return nil }
        let variant = variant(build)
        let kernel = listing.first(["boot/\(architecture)/loader/linux", "boot/\(architecture)/linux"])
        let initramfs = listing.first(["boot/\(architecture)/loader/initrd", "boot/\(architecture)/initrd"])
        let root = listing.path("boot/\(architecture)/root").map { [BootFile(.stage2, $0)] } ?? []
        return describe(
            product, architecture, variant, kernel, initramfs,
            EFILoaders.find(in: listing, architecture: architecture) + root, listing)
    }

    /// `/ openSUSE-Leap 15.6-1` in media.1/products; `DISTRO cpe:/o:opensuse:opensuse:42.3,openSUSE Leap 42.3` in content.
    private static func product(_ listing: MediumListing) -> Product? {
        let lines = listing.text("media.1/products")?.split(whereSeparator: \.isNewline) ?? []
        for line in lines {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 3 else { continue }
            let version = words[2].prefix { $0 != "-" }
            if let product = Product(name: words[1], version: String(version)) { return product }
        }
        let distribution = listing.text("content")?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("DISTRO") }
        guard let distribution, let comma = distribution.firstIndex(of: ",") else { return nil }
        let name = distribution[distribution.index(after: comma)...]
        let version = name.split(separator: " ").first { $0.first?.isNumber == true }
        return Product(name: name, version: version.map(String.init))
    }

    /// `SLE-15-SP6-Full-x86_64-Build709.1`, `openSUSE-Leap-15.6-NET-x86_64-Build710.3`.
    private static func variant(_ build: String?) -> String? {
        let kinds = ["full", "online", "packages", "installer", "net", "dvd"]
        return build?.lowercased().split(separator: "-").map(String.init).first { kinds.contains($0) }
    }

    private static func describe(
        _ product: Product, _ architecture: String, _ variant: String?, _ kernel: String?, _ initramfs: String?,
        _ bootFiles: [BootFile], _ listing: MediumListing, needsImage: Bool = false
    ) -> MediumDescription {
        MediumDescription(
            family: .suse, distribution: product.id, version: product.version, architecture: architecture,
            variant: variant, label: [product.label, product.version].compactMap { $0 }.joined(separator: " "),
            defaultName: MediumName.of(product.id, product.version, variant, architecture), kernel: kernel,
            initramfs: initramfs.map { [$0] } ?? [], bootFiles: bootFiles,
            checksumLists: ChecksumList.find(in: listing), needsImage: needsImage)
    }

    // MARK: From 16 on

    /// The installer is a live system that dracut fetches (`root=live:http://…/LiveOS/squashfs.img`).
    private static func agama(_ listing: MediumListing) -> MediumDescription? {
        guard let root = listing.path("LiveOS/squashfs.img") else { return nil }
        let kernels = listing.paths { $0.hasPrefix("boot/") && $0.hasSuffix("/loader/linux") }
        guard let kernel = kernels.first, let architecture = kernel.split(separator: "/").dropFirst().first else {
            return nil
        }
        guard let product = agamaProduct(listing) else { return nil }
        let isOffline = !listing.paths { $0.hasSuffix("repodata/repomd.xml") }.isEmpty
        return describe(
            product, String(architecture), isOffline ? "agama-offline" : "agama", kernel,
            listing.path("boot/\(architecture)/loader/initrd"),
            EFILoaders.find(in: listing, architecture: String(architecture)) + [BootFile(.rootfs, root)], listing)
    }

    /// The release package of the offline medium, the boot menu, the volume's label, the name of the file.
    private static func agamaProduct(_ listing: MediumListing) -> Product? {
        for file in listing.paths(where: { $0.hasSuffix(".rpm") && $0.contains("-release-") }) {
            guard let package = RPMFileName(file), ["Leap-release", "SLES-release"].contains(package.name) else {
                continue
            }
            return Product(name: package.name, version: package.version)
        }
        let texts =
            ["boot/grub2/grub.cfg", "EFI/BOOT/grub.cfg"].compactMap { listing.text($0) }
            + [listing.volumeLabel, listing.sourceName].compactMap { $0 }
        var unversioned: Product?
        for text in texts {
            for lead in ["Leap", "SUSE Linux Enterprise Server", "SUSE Linux Enterprise", "SLES"]
            where text.contains(lead) {
                let version = versionText(after: "\(lead) ", in: text) ?? versionText(after: "\(lead)-", in: text)
                if let version { return Product(name: lead, version: version) }
                unversioned = unversioned ?? Product(name: lead, version: nil)
            }
        }
        return unversioned
    }

    /// The archive for network boot: `pxeboot.agama-installer-Leap.x86_64-16.0.0.kernel`, an initrd, and the root.
    private static func agamaNetboot(_ listing: MediumListing) -> MediumDescription? {
        let kernels = listing.paths { $0.hasPrefix("pxeboot.") && $0.contains("agama") && $0.hasSuffix(".kernel") }
        guard let kernel = kernels.first else { return nil }
        let initramfs = String(kernel.dropLast(".kernel".count)) + ".initrd"
        guard let architecture = ProcessorName.find(in: kernel) else { return nil }
        let name = listing.sourceName.contains("SLE") || kernel.contains("SLE") ? "SLES" : "Leap"
        guard let product = Product(name: name, version: versionText(after: "\(architecture)-", in: kernel)) else {
            return nil
        }
        let root = listing.paths { !$0.contains("/") && ($0.hasSuffix(".xz") || $0.hasSuffix(".squashfs")) }.first
        return describe(
            product, architecture, "agama-netboot", kernel, listing.path(initramfs),
            root.map { [BootFile(.rootfs, $0)] } ?? [], listing)
    }
}
