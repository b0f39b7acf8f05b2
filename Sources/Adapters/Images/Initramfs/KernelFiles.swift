import MusterBase

/// The kernel of a tree.
struct KernelFiles {
    /// As `uname -r` says it.
    let release: String
    /// Paths in the tree.
    let image: String
    let configuration: String?

    /// Finds the kernel that has its modules beside it. Throws ``MusterError`` `notFound` when there is none, and
    /// `conflict` when there are several: then nobody can say which one a version should boot.
    static func find(in tree: TreeArchive) throws -> KernelFiles {
        let found = try candidates(in: tree).filter { tree.entry("lib/modules/\($0.release)/modules.dep") != nil }
        guard let kernel = found.first else {
            throw MusterError(
                .notFound,
                "the tree has no kernel with its modules (boot/vmlinuz-RELEASE or lib/modules/RELEASE/vmlinuz, and "
                    + "lib/modules/RELEASE/modules.dep)",
                advice: "name a kernel package in the recipe's key 'kernel'")
        }
        guard found.count == 1 else {
            let releases = found.map(\.release).joined(separator: ", ")
            throw MusterError(.conflict, "the tree has more than one kernel: \(releases)")
        }
        return kernel
    }

    /// Every kernel by its release once, in one of the places that distributions have for it.
    private static func candidates(in tree: TreeArchive) throws -> [KernelFiles] {
        var kernels: [KernelFiles] = []
        for name in tree.names(in: "boot") where name.hasPrefix("vmlinuz-") {
            let suffix = String(name.dropFirst("vmlinuz-".count))
            // Alpine's kernels are called by their flavour; the release stands here.
            let flavour = try tree.entry("usr/share/kernel/\(suffix)/kernel.release")
                .map { String(decoding: try tree.content(of: $0), as: UTF8.self).filter { !$0.isWhitespace } }
            add(flavour ?? suffix, "boot/\(name)", "boot/config-\(suffix)", tree, to: &kernels)
        }
        for release in tree.names(in: "lib/modules") {
            let directory = "lib/modules/\(release)"
            add(release, "\(directory)/vmlinuz", "\(directory)/config", tree, to: &kernels)
        }
        return kernels
    }

    private static func add(
        _ release: String, _ image: String, _ configuration: String, _ tree: TreeArchive,
        to kernels: inout [KernelFiles]
    ) {
        // A link that leads out of the tree is no kernel.
        guard tree.entry(image)?.header.kind == .file || tree.entry(image)?.header.kind == .hardLink,
            !kernels.contains(where: { $0.release == release })
        else { return }
        let places = [configuration, "boot/config-\(release)", "lib/modules/\(release)/config"]
        kernels.append(
            KernelFiles(
                release: release, image: image, configuration: places.first { tree.entry($0) != nil }))
    }

    /// Whether the kernel says that it unpacks an initramfs in zstd.
    func unpacksZstandard(in tree: TreeArchive) throws -> Bool {
        guard let configuration, let entry = tree.entry(configuration) else { return false }
        return String(decoding: try tree.content(of: entry), as: UTF8.self)
            .split(separator: "\n").contains("CONFIG_RD_ZSTD=y")
    }
}
