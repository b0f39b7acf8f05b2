/// debian-installer's media: a disc with `.disk/info`, or a netboot tree with `version.info`.
enum DebianMedium: MediumRecogniser {
    static let evidence = ".disk/info or version.info of debian-installer (Debian)"

    static func recognise(_ listing: MediumListing) -> MediumDescription? {
        disc(listing) ?? netboot(listing)
    }

    /// `Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 NETINST with firmware 20240210-11:27`
    private static func disc(_ listing: MediumListing) -> MediumDescription? {
        guard let info = listing.text(".disk/info").map({ trimmed($0) }), info.hasPrefix("Debian") else { return nil }
        let words = info.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let debian = words.first(where: { ProcessorName.debian.contains($0) }) else { return nil }
        let version = words.first { $0.first.map { ("0"..."9").contains($0) } ?? false }
        let variant = variant(words)
        let (kernel, initramfs) = boot(listing)
        let architecture = ProcessorName.ofKernel(debian)
        return MediumDescription(
            family: .debian, distribution: "debian", version: version, architecture: architecture, variant: variant,
            label: ["Debian", version, variant].compactMap { $0 }.joined(separator: " "),
            defaultName: MediumName.of("debian", version, variant, debian), kernel: kernel,
            initramfs: initramfs.map { [$0] } ?? [],
            bootFiles: EFILoaders.find(in: listing, architecture: architecture),
            checksumLists: ChecksumList.find(in: listing))
    }

    private static func variant(_ words: [String]) -> String {
        let kinds = ["NETINST": "netinst", "DVD": "dvd", "BD": "bd", "CD": "cd", "mini.iso": "mini", "netboot": "mini"]
        if words.contains(where: { $0.lowercased() == "live" }) { return "live" }
        return words.lazy.compactMap { kinds[$0] }.first ?? "disc"
    }

    /// `install.amd/vmlinuz`, `install.a64/vmlinuz`, `install/vmlinux`; a mini.iso has them at its top.
    private static func boot(_ listing: MediumListing) -> (kernel: String?, initramfs: String?) {
        func find(_ names: [String]) -> String? {
            listing.paths { path in
                let parts = path.split(separator: "/")
                return parts.count == 2 && (parts[0] == "install" || parts[0].hasPrefix("install."))
                    && names.contains(String(parts[1]))
            }.first
        }
        return (
            find(["vmlinuz", "vmlinux"]) ?? listing.first(["linux", "boot/linux_vm", "live/vmlinuz"]),
            find(["initrd.gz"]) ?? listing.first(["initrd.gz", "boot/root.bin", "live/initrd.img"])
        )
    }

    /// `debian-installer/<processor>/linux`, below the directory that has `version.info`. Debian's package of it has the
    /// trees of two installers, `text` and `gtk`: the former is taken.
    private static func netboot(_ listing: MediumListing) -> MediumDescription? {
        let places = listing.paths { $0 == "version.info" || $0.hasSuffix("/version.info") }
            .map { String($0.dropLast("version.info".count)) }
        func rank(_ place: String) -> (Int, Int, String) { (place.hasSuffix("text/") ? 0 : 1, place.count, place) }
        return places.sorted { rank($0) < rank($1) }.lazy.compactMap { netboot(listing, at: $0) }.first
    }

    private static func netboot(_ listing: MediumListing, at place: String) -> MediumDescription? {
        guard let info = listing.text("\(place)version.info"), info.hasPrefix("Debian"),
            let debian = ProcessorName.debian.sorted().first(where: {
                listing.path("\(place)debian-installer/\($0)/initrd.gz") != nil
            })
        else { return nil }
        let directory = "\(place)debian-installer/\(debian)"
        let architecture = ProcessorName.ofKernel(debian)
        let version = version(info)
        let kernel = listing.first(["\(directory)/linux", "\(directory)/vmlinux", "\(directory)/vmlinuz"])
        var loaders: [BootFile] = []
        if let suffix = EFILoaders.suffix(of: architecture) {
            loaders += listing.path("\(directory)/bootnet\(suffix).efi").map { [BootFile(.shim, $0)] } ?? []
            loaders += listing.path("\(directory)/grub\(suffix).efi").map { [BootFile(.grub, $0)] } ?? []
        }
        return MediumDescription(
            family: .debian, distribution: "debian", version: version, architecture: architecture, variant: "netboot",
            label: ["Debian", version, "netboot"].compactMap { $0 }.joined(separator: " "),
            defaultName: MediumName.of("debian", version, "netboot", debian), kernel: kernel,
            initramfs: listing.path("\(directory)/initrd.gz").map { [$0] } ?? [], bootFiles: loaders,
            checksumLists: ChecksumList.find(in: listing), missing: kernel == nil ? ["\(directory)/linux"] : [])
    }

    /// `Debian version:  12 (bookworm)`; of a release to come it is a name.
    private static func version(_ info: String) -> String? {
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Debian version:") }
        return line.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst(2).first }.map(String.init)
    }
}
