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
        let prefix = "vmlinuz-"
        let releases = tree.names(in: "boot").filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        let withModules = releases.filter { tree.entry("lib/modules/\($0)/modules.dep") != nil }
        guard let release = withModules.first else {
            throw MusterError(
                .notFound, "the tree has no kernel with its modules (boot/vmlinuz-RELEASE and lib/modules/RELEASE)",
                advice: "name a kernel package in the recipe's key 'kernel'")
        }
        guard withModules.count == 1 else {
            throw MusterError(.conflict, "the tree has more than one kernel: \(withModules.joined(separator: ", "))")
        }
        let configuration = "boot/config-\(release)"
        return KernelFiles(
            release: release, image: "boot/\(prefix)\(release)",
            configuration: tree.entry(configuration) == nil ? nil : configuration)
    }

    /// Whether the kernel says that it unpacks an initramfs in zstd.
    func unpacksZstandard(in tree: TreeArchive) throws -> Bool {
        guard let configuration, let entry = tree.entry(configuration) else { return false }
        return String(decoding: try tree.content(of: entry), as: UTF8.self)
            .split(separator: "\n").contains("CONFIG_RD_ZSTD=y")
    }
}
