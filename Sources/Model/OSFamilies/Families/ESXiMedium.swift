/// ESXi: the configuration of its loader, mboot, says which build it is and names all that is loaded.
enum ESXiMedium: MediumRecogniser {
    static let evidence = "boot.cfg with bootstate and build (ESXi)"

    static func recognise(_ listing: MediumListing) -> MediumDescription? {
        guard let path = listing.path("boot.cfg"), let text = listing.text(path) else { return nil }
        let values = settings(text)
        guard values["bootstate"] != nil, let build = values["build"], let kernel = values["kernel"] else { return nil }
        // 8.0.2-0.0.22380479: the version, the update, the number of the build.
        let version = build.prefix { $0 != "-" }
        guard version.first?.isNumber == true else { return nil }
        let architecture = listing.path("EFI/BOOT/BOOTAA64.EFI") == nil ? "x86_64" : "aarch64"
        let named = [kernel] + (values["modules"] ?? "").split(separator: " ").filter { $0 != "---" }.map(String.init)
        let prefix = values["prefix"] ?? ""
        var found: [String] = []
        var missing: [String] = []
        for name in named {
            let place = String((prefix.isEmpty ? name : "\(prefix)/\(name)").drop { $0 == "/" })
            if let file = listing.path(place) { found.append(file) } else { missing.append(place) }
        }
        return MediumDescription(
            family: .esxi, distribution: "esxi", version: String(version), architecture: architecture, variant: nil,
            label: "VMware ESXi \(build)", defaultName: MediumName.of("esxi", build, architecture),
            kernel: found.first, initramfs: Array(found.dropFirst()),
            bootFiles: bootFiles(listing, configuration: path, architecture),
            checksumLists: ChecksumList.find(in: listing), missing: missing)
    }

    private static func bootFiles(
        _ listing: MediumListing, configuration: String, _ architecture: String
    ) -> [BootFile] {
        let suffix = EFILoaders.suffix(of: architecture) ?? ""
        // On this medium BOOTX64.EFI is mboot, signed by VMware; there is no shim.
        let files: [(BootFile.Role, String?)] = [
            (.loaderConfiguration, configuration), (.loaderConfiguration, listing.path("EFI/BOOT/BOOT.CFG")),
            (.loader, listing.path("EFI/BOOT/BOOT\(suffix).EFI")), (.loader, listing.path("MBOOT.C32")),
        ]
        return files.compactMap { role, path in path.map { BootFile(role, $0) } }
    }

    private static func settings(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = trimmed(line[line.index(after: equals)...])
            values[String(trimmed(line[..<equals]))] = String(value)
        }
        return values
    }
}
