import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase

/// One export, from the assembled root file system on.
struct ExportRun: Sendable {
    let manifest: ImageManifest
    let tools: any ToolRunner
    let sandbox: TreeSandbox
    let workspace: ExportWorkspace
    let progress: ImageExporter.Progress

    var rootImage: RootImage { RootImage(path: workspace.path("root.squashfs"), tools: tools) }
    private var tree: String { workspace.path("tree") }

    /// - Returns: octets of the disk; nil for a container image.
    func write(_ format: ExportFormat, size: UInt64?, to path: String) async throws -> UInt64? {
        guard format.isDisk else {
            try await unpack()
            progress("layer", 0)
            try await OCIExport(
                manifest: manifest, tools: tools, sandbox: sandbox, tree: tree, directory: try made("layer")
            ).write(to: path)
            return nil
        }
        let listing = try await rootImage.listing()
        let disk = try TemplateDisk(manifest, rootMinimum: Self.rootMinimum(listing))
        let table = try disk.table(size: size)
        let boot = try TemplateBoot(manifest, listing: listing, title: await title(listing), disk: disk)
        let files = TemplateFiles(
            listing: listing, fileSystems: try await text("etc/fstab", listing), disk: disk, boot: boot)
        try await unpack()
        try await complete(files)
        progress("initramfs", 0)
        try await sandbox.check(
            in: tree, exchange: try made("exchange"), boot.generator.command(manifest.kernelRelease),
            doing: "making an initramfs for \(manifest.reference)")
        // Beside the other file, a second export to it would take this one for a leftover.
        let raw = format == .raw ? path : "\(try made("disk"))/disk.raw"
        try await write(table, disk, listing, to: raw)
        try await convert(raw, to: path, format)
        return table.blockCount * UInt64(table.blockSize)
    }

    /// Octets of the content, and of an initramfs beside it.
    private static func rootMinimum(_ listing: TreeListing) -> UInt64 {
        RootPartition.minimum(
            content: listing.octets(blockSize: RootPartition.blockSize) + (96 << 20), entries: listing.entries.count)
    }

    private func text(_ path: String, _ listing: TreeListing) async throws -> String {
        String(decoding: try await rootImage.content(of: path, in: listing) ?? [], as: UTF8.self)
    }

    private func title(_ listing: TreeListing) async throws -> String {
        OSRelease.parse(try await text("etc/os-release", listing))["PRETTY_NAME"] ?? manifest.name
    }

    private func made(_ name: String) throws -> String {
        try Files.createDirectory(workspace.path(name), mode: 0o755)
        return workspace.path(name)
    }

    /// The tree, with owners, modes and attributes as they are in the version.
    func unpack() async throws {
        progress("tree", 0)
        try await sandbox.check(
            .unsquashfs, ["-force", "-no-progress", "-quiet", "-dest", tree, rootImage.path],
            writable: [workspace.directory], doing: "unpacking \(manifest.reference)")
        try AccessLists.restore(in: tree)
        try Files.remove(rootImage.path)
    }

    private func complete(_ files: TemplateFiles) async throws {
        let archive = workspace.path("files.tar")
        try Files.write(try files.archive(date: manifest.created), to: archive)
        try await sandbox.check(
            .tar, ["--extract", "--file", archive, "--directory", tree, "--numeric-owner", "--no-overwrite-dir"],
            writable: [tree], doing: "completing the tree")
    }

    private func write(
        _ table: PartitionTable, _ disk: TemplateDisk, _ listing: TreeListing, to path: String
    ) async throws {
        progress("boot loader", 0)
        let file = try DiskImageFile(path, size: table.blockCount * UInt64(table.blockSize))
        let grub = GRUBImages(
            sandbox: sandbox, tree: tree, listing: listing, directory: try made("grub"),
            rootFileSystem: disk.rootFileSystem)
        var bootCode: [UInt8] = []
        if let partition = table.partition(labelled: "bios") {
            let embedding = try await grub.bios(coreSector: partition.firstBlock)
            guard UInt64(embedding.core.count) <= partition.size(blockSize: table.blockSize) else {
                throw MusterError(.exhausted, "GRUB's core image is larger than the BIOS boot partition")
            }
            try file.write(embedding.core, at: partition.offset(blockSize: table.blockSize))
            bootCode = embedding.bootCode
        }
        for region in try table.regions(bootCode: bootCode) { try file.write(region.octets, at: region.offset) }
        if let partition = table.partition(labelled: "esp") {
            let platform: GRUBImages.Platform = disk.bootsFromBIOS ? .uefiX8664 : .uefiARM64
            let loader = (name: platform.bootFile ?? "", source: try await grub.system(platform))
            let content = workspace.path("grub/esp.img")
            try await SystemPartition(
                sandbox: sandbox, size: partition.size(blockSize: table.blockSize), volume: disk.systemVolume
            ).write(to: content, files: [loader])
            try file.copy(content, at: partition.offset(blockSize: table.blockSize))
        }
        guard let partition = table.partition(labelled: "root") else { return }
        progress("root file system", 0)
        try await RootPartition(
            sandbox: sandbox, tree: tree, fileSystem: disk.rootFileSystem, hashSeed: disk.hashSeed,
            date: manifest.created, entries: listing.entries.count
        ).write(
            to: path, offset: partition.offset(blockSize: table.blockSize),
            size: partition.size(blockSize: table.blockSize))
    }

    private func convert(_ raw: String, to path: String, _ format: ExportFormat) async throws {
        guard let (name, options) = format.conversion else { return }
        progress(format.rawValue, 0)
        var arguments: [String] = ["convert", "-f", "raw", "-O", name]
        if let options { arguments += ["-o", options] }
        arguments += [raw, path]
        _ = try await tools.check(.qemuImg, arguments, doing: "converting the disk to \(format.rawValue)")
        try Files.remove(raw)
    }
}
