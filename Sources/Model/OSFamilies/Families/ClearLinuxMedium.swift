/// Clear Linux: the entry of systemd-boot names kernel and initramfs; the version is in the name of the file alone.
enum ClearLinuxMedium: MediumRecogniser {
    static let evidence = "loader/entries/Clear-linux-*.conf (Clear Linux)"

    static func recognise(_ listing: MediumListing) -> MediumDescription? {
        let entries = listing.paths { $0.hasPrefix("loader/entries/clear-linux-") && $0.hasSuffix(".conf") }
        guard let entry = entries.first, let text = listing.text(entry) else { return nil }
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            if words.count == 2 { values[String(words[0])] = String(trimmed(words[1])) }
        }
        var missing: [String] = []
        func find(_ key: String) -> String? {
            guard let named = values[key].map({ String($0.drop { $0 == "/" }) }) else { return nil }
            if let path = listing.path(named) { return path }
            missing.append(named)
            return nil
        }
        let kernel = find("linux") ?? listing.path("kernel/kernel.xz")
        let initramfs = find("initrd")
        if kernel != nil { missing.removeAll { $0 == values["linux"].map { String($0.drop { $0 == "/" }) } } }
        // clear-42210-live-server.iso
        let version = versionText(after: "clear-", in: listing.sourceName)
        let variant = ["live-server", "live-desktop"].first { listing.sourceName.contains($0) }
        let rootfs = listing.path("images/rootfs.img").map { [BootFile(.rootfs, $0)] } ?? []
        return MediumDescription(
            family: .clearLinux, distribution: "clear-linux-os", version: version, architecture: "x86_64",
            variant: variant, label: ["Clear Linux", version].compactMap { $0 }.joined(separator: " "),
            defaultName: MediumName.of("clear-linux", version, variant, "x86_64"), kernel: kernel,
            initramfs: initramfs.map { [$0] } ?? [],
            bootFiles: EFILoaders.find(in: listing, architecture: "x86_64") + rootfs,
            checksumLists: ChecksumList.find(in: listing), missing: missing)
    }
}
