/// Anaconda's media: `.treeinfo` (productmd), `.discinfo`, and the release package, which alone has the minor version where
/// the others have `9`.
enum EnterpriseLinuxMedium: MediumRecogniser {
    static let evidence =
        ".treeinfo, or .discinfo and a release package (Rocky, Alma, RHEL, CentOS, Oracle, openEuler, Fedora)"

    static func recognise(_ listing: MediumListing) -> MediumDescription? {
        let tree = listing.first([".treeinfo", "treeinfo"]).flatMap { listing.text($0) }.map { INIText($0) }
        let disc = DiscInfo(listing)
        let package = ReleasePackage.find(in: listing)
        let name = tree.flatMap { $0.value("release", "name") ?? $0.value("general", "family") }
        guard let product = name.flatMap({ EnterpriseLinuxProduct(family: $0) }) ?? package?.product,
            tree != nil || disc != nil
        else { return nil }
        let told = tree.flatMap { $0.value("release", "version") ?? $0.value("general", "version") } ?? disc?.version
        let version = product.version(told: told, package: package)
        let architecture =
            tree.flatMap { $0.value("general", "arch") ?? $0.value("tree", "arch") } ?? disc?.architecture
            ?? package?.architecture
        guard let architecture else { return nil }
        let variant = variant(of: product, tree, listing)
        let boot = BootPaths(tree, architecture: architecture, listing)
        return MediumDescription(
            family: .enterpriseLinux, distribution: product.id, version: version, architecture: architecture,
            variant: variant, label: [product.label, version].compactMap { $0 }.joined(separator: " "),
            defaultName: MediumName.of(product.shortName, version, variant, architecture), kernel: boot.kernel,
            initramfs: boot.initramfs,
            bootFiles: EFILoaders.find(in: listing, architecture: architecture) + boot.others,
            checksumLists: ChecksumList.find(in: listing), missing: boot.missing)
    }

    /// `boot` for a medium without packages. Fedora's media are told apart by name.
    private static func variant(
        of product: EnterpriseLinuxProduct, _ tree: INIText?, _ listing: MediumListing
    ) -> String? {
        if product == .fedora, let name = tree?.value("general", "variant") ?? tree?.value("tree", "variants") {
            return name.split(separator: ",").first.map { $0.lowercased() }
        }
        let repositories = listing.paths { $0.hasSuffix("repodata/repomd.xml") }
        guard !repositories.isEmpty else { return "boot" }
        return repositories.allSatisfy { $0.lowercased().hasPrefix("minimal/") } ? "minimal" : nil
    }
}

/// `.discinfo`: a time, the product and its version, the processor; a line each.
private struct DiscInfo {
    let version: String?
    let architecture: String

    init?(_ listing: MediumListing) {
        guard let text = listing.text(".discinfo") else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { trimmed($0) }
        guard lines.count >= 3, ProcessorName.others.contains(String(lines[2])) else { return nil }
        version = lines[1].split(separator: " ").last.flatMap { $0.first?.isNumber == true ? String($0) : nil }
        architecture = String(lines[2])
    }
}

/// What `[images-x86_64]` and `[stage2]` of a `.treeinfo` name, else the usual places.
private struct BootPaths {
    var kernel: String?
    var initramfs: [String] = []
    var others: [BootFile] = []
    var missing: [String] = []

    init(_ tree: INIText?, architecture: String, _ listing: MediumListing) {
        let section = "images-\(architecture)"
        kernel = find(tree?.value(section, "kernel"), ["images/pxeboot/vmlinuz"], in: listing)
        let initrd = find(tree?.value(section, "initrd"), ["images/pxeboot/initrd.img"], in: listing)
        initramfs = initrd.map { [$0] } ?? []
        let stage2 = find(
            tree?.value("stage2", "mainimage"), ["images/install.img", "LiveOS/squashfs.img"], in: listing)
        if let stage2 { others.append(BootFile(.stage2, stage2)) }
        if let image = listing.path("images/efiboot.img") { others.append(BootFile(.efiImage, image)) }
    }

    private mutating func find(_ named: String?, _ usual: [String], in listing: MediumListing) -> String? {
        guard let named else { return listing.first(usual) }
        if let path = listing.path(named) { return path }
        missing.append(named)
        return nil
    }
}
