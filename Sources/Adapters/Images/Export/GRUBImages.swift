import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase

/// Makes GRUB's images for a template. GRUB comes from the tree when it is there, so that it is the one which the
/// distribution keeps up to date and knows; from this host else.
struct GRUBImages: Sendable {
    let sandbox: TreeSandbox
    let tree: String
    let listing: TreeListing
    /// Where the images are made; the tree's programs find it as `/mnt`.
    let directory: String
    let rootFileSystem: DiskGUID

    /// A kind of firmware, by GRUB's name of it.
    struct Platform: Sendable, Hashable {
        let name: String
        /// The Debian package that has it.
        let package: String
        /// Besides ``common``.
        let modules: [String]
        /// The name by which firmware finds it on a removable disk (UEFI 2.10, 3.5.1.1); nil for BIOS.
        let bootFile: String?

        static let bios = Platform(name: "i386-pc", package: "grub-pc-bin", modules: ["biosdisk"], bootFile: nil)
        static let uefiX8664 = Platform(
            name: "x86_64-efi", package: "grub-efi-amd64-bin", modules: ["efi_gop", "all_video"],
            bootFile: "BOOTX64.EFI")
        static let uefiARM64 = Platform(
            name: "arm64-efi", package: "grub-efi-arm64-bin", modules: ["efi_gop", "all_video"],
            bootFile: "BOOTAA64.EFI")
    }

    /// All that the menu needs, and what one needs who stands before GRUB's prompt.
    private static let common = [
        "part_gpt", "ext2", "fat", "search", "search_fs_uuid", "search_fs_file", "search_label", "normal", "linux",
        "configfile", "echo", "test", "true", "serial", "terminal", "minicmd", "ls", "cat", "halt", "reboot", "sleep",
        "gzio", "loadenv", "regexp", "probe",
    ]

    /// Makes GRUB for the system partition, and gives its path.
    func system(_ platform: Platform) async throws -> String { try await image(platform, source: try source(platform)) }

    /// Makes GRUB for firmware without UEFI.
    ///
    /// - Parameter coreSector: where the BIOS boot partition begins, in sectors of 512 octets.
    func bios(coreSector: UInt64) async throws -> GRUBEmbedding {
        let source = try source(.bios)
        let core = try Files.read(try await image(.bios, source: source))
        let boot: [UInt8]
        switch source {
        case .host(let modules): boot = try Files.read("\(modules)/boot.img")
        case .tree(_, let modules):
            try await sandbox.check(
                in: tree, exchange: directory, ["/bin/cp", "\(modules)/boot.img", "/mnt/boot.img"],
                doing: "taking GRUB's boot sector out of the tree")
            boot = try Files.read("\(directory)/boot.img")
        }
        return try GRUBEmbedding(bootImage: boot, core: core, coreSector: coreSector)
    }

    /// Where GRUB comes from: its program in the tree, and the directory of its modules.
    private enum Source {
        case tree(program: String, modules: String)
        case host(modules: String)
    }

    private func source(_ platform: Platform) throws -> Source {
        let modules = "/usr/lib/grub/\(platform.name)"
        let program = listing.first(of: ["usr/bin/grub-mkimage", "usr/bin/grub2-mkimage"])
        if let program, listing.has("\(modules)/normal.mod") { return .tree(program: "/\(program)", modules: modules) }
        guard Files.exists("\(modules)/normal.mod") else {
            throw MusterError(
                .notFound, "neither the image nor this host has GRUB for \(platform.name)",
                advice: "install it here: apt-get install \(platform.package) grub-common; or name it in the recipe")
        }
        return .host(modules: modules)
    }

    private func image(_ platform: Platform, source: Source) async throws -> String {
        let early = """
            search.fs_uuid \(rootFileSystem) root
            set prefix=($root)/boot/grub

            """
        try Files.write(early, to: "\(directory)/early.cfg")
        let name = "grub-\(platform.name).img"
        func arguments(_ modules: String, _ directory: String) -> [String] {
            var words: [String] = [
                "--directory", modules, "--format", platform.name, "--output", "\(directory)/\(name)", "--config",
                "\(directory)/early.cfg", "--prefix", "/boot/grub",
            ]
            words += platform.modules
            words += Self.common
            return words
        }
        let doing = "making GRUB for \(platform.name)"
        switch source {
        case .host(let modules):
            try await sandbox.check(
                .grubMkimage, arguments(modules, directory), writable: [directory], doing: doing)
        case .tree(let program, let modules):
            try await sandbox.check(
                in: tree, exchange: directory, [program] + arguments(modules, "/mnt"), doing: doing)
        }
        return "\(directory)/\(name)"
    }
}
