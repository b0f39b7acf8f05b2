import DiskFormats
import LinuxSystem
import MusterBase

/// Makes a version's initramfs: kernel modules, their index and their firmware, and nothing that could run. The
/// programs come with `addons.cpio`.
struct InitramfsBuilder {
    let tree: TreeArchive
    let tools: any ToolRunner
    /// As `uname -r` says it.
    let release: String

    /// The archive before compression.
    struct Archive: Sendable {
        let bytes: [UInt8]
        /// Firmware that modules may ask for and the tree does not have.
        let missingFirmware: [String]
    }

    func build() async throws -> Archive {
        let index = KernelModuleIndex(
            dependencies: try text("modules.dep", isRequired: true), softDependencies: try text("modules.softdep"))
        let chosen = index.closure(of: index.dependencies.keys.filter(ModuleChoice.isWanted))
        var writer = CpioWriter()
        for directory in ["dev", "etc", "proc", "run", "sys", "tmp"] { try writer.append(.directory(directory)) }
        try writer.append(.symbolicLink("lib", to: "usr/lib"))
        var firmware: Set<String> = []
        for path in chosen {
            let module = try await plainModule(path)
            firmware.formUnion(try ModuleInformation.firmware(ofModule: module))
            try writer.append(.file("\(target)/\(KernelModuleIndex.uncompressed(path))", module))
        }
        try appendIndex(index, chosen, to: &writer)
        let missing = try appendFirmware(firmware.sorted(), to: &writer)
        return Archive(bytes: writer.finish(), missingFirmware: missing)
    }

    private var source: String { "lib/modules/\(release)" }
    private var target: String { "usr/lib/modules/\(release)" }

    private func appendIndex(
        _ index: KernelModuleIndex, _ chosen: [String], to writer: inout CpioWriter
    ) throws {
        let names = Set(chosen.map(KernelModuleIndex.name))
        let files = [
            ("modules.alias", KernelModuleIndex.aliasText(try text("modules.alias"), keeping: names)),
            ("modules.builtin", try text("modules.builtin")),
            ("modules.dep", index.dependencyText(for: chosen)),
            ("modules.softdep", KernelModuleIndex.softDependencyText(try text("modules.softdep"), keeping: names)),
        ]
        for (name, content) in files { try writer.append(.file("\(target)/\(name)", Array(content.utf8))) }
    }

    /// Adds those that the tree has, and gives the names of the others. The kernel unpacks `.xz` and `.zst` itself.
    private func appendFirmware(_ names: [String], to writer: inout CpioWriter) throws -> [String] {
        var missing: [String] = []
        for name in names {
            let found = ["", ".xz", ".zst"].lazy.compactMap { suffix in
                tree.entry("lib/firmware/\(name)\(suffix)").map { ($0, suffix) }
            }.first
            guard let (entry, suffix) = found, case .file = entry.header.kind else {
                missing.append(name)
                continue
            }
            try writer.append(.file("usr/lib/firmware/\(name)\(suffix)", try tree.content(of: entry)))
        }
        return missing
    }

    private func text(_ name: String, isRequired: Bool = false) throws -> String {
        guard let entry = tree.entry("\(source)/\(name)") else {
            guard !isRequired else {
                throw MusterError(
                    .notFound, "the tree has no \(source)/\(name), so its kernel's modules cannot be found")
            }
            return ""
        }
        return String(decoding: try tree.content(of: entry), as: UTF8.self)
    }

    /// The module's ELF file, so that finit_module(2) needs no help from the kernel to unpack it.
    private func plainModule(_ path: String) async throws -> [UInt8] {
        guard let entry = tree.entry("\(source)/\(path)") else {
            throw MusterError(.notFound, "the tree has no \(source)/\(path), though modules.dep names it")
        }
        let content = try tree.content(of: entry)
        let tools: [(suffix: String, tool: Tool)] = [(".ko.xz", .xz), (".ko.zst", .zstd), (".ko.gz", .gzip)]
        guard let tool = tools.first(where: { path.hasSuffix($0.suffix) })?.tool else { return content }
        let options = ToolOptions(standardInput: content, outputLimit: 512 << 20)
        let result = try await self.tools.check(tool, ["-d", "-c"], options, doing: "unpacking the module \(path)")
        return result.standardOutput
    }
}
