import DiskFormats
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A tree as a directory, between two archives: owners, modes, times, extended attributes and capabilities come along.
struct TreeDirectory {
    let runner: TreeRunner
    /// Is there when the tree is.
    let path: String

    /// Writes an archive to the directory. Device nodes stay behind: a user namespace cannot have them. What
    /// ``pack(to:without:)`` makes has them again by ``restoreDevices(of:in:)``.
    ///
    /// - Parameter list: Where the names of what stays behind are written to.
    func unpack(_ archive: String, index: TreeArchive, list: String) async throws {
        if runner.rights == .userNamespace { try refuseForeignAttributes(index) }
        // In the form of any archive: with `./` before it, or not.
        let names = index.entries.filter(\.isDevice).flatMap { [$0.path, "./\($0.path)"] }
        try Files.write(names.map { $0 + "\n" }.joined(), to: list)
        try Files.createDirectory(path, mode: 0o755)
        _ = try await runner.check(
            .tar,
            [
                "--extract", "--file", archive, "--directory", path, "--numeric-owner", "--same-owner",
                "--preserve-permissions", "--delay-directory-restore", "--xattrs", "--xattrs-include=*", "--anchored",
                "--no-wildcards", "--exclude-from=\(list)",
            ], Self.options, doing: "unpacking the tree")
    }

    /// Writes the directory to an archive, in an order that depends on names alone.
    ///
    /// - Parameter patterns: What to leave out, as paths below the tree; `*` stands for any run of characters.
    func pack(to archive: String, without patterns: [String] = []) async throws {
        _ = try await runner.check(
            .tar,
            [
                "--create", "--file", archive, "--directory", path, "--format=pax", "--sort=name", "--numeric-owner",
                "--xattrs", "--xattrs-include=*", "--pax-option=delete=atime,delete=ctime", "--anchored", "--wildcards",
            ] + patterns.map { "--exclude=./\($0)" } + ["."], Self.options, doing: "packing the tree")
    }

    private static var options: ToolOptions {
        var options = ToolOptions(environment: ["LC_ALL": "C.UTF-8", "TZ": "UTC"])
        options.endsWithCaller = true
        return options
    }

    /// Labels and the like can be written by the root of the host alone, and would get lost in silence.
    private func refuseForeignAttributes(_ index: TreeArchive) throws {
        for entry in index.entries {
            for attribute in entry.attributes {
                let name = attribute.key.dropFirst(TreeScan.attributePrefix.count)
                let isKept =
                    name == "security.capability" || name.hasPrefix("user.") || name.hasPrefix("system.posix_acl_")
                guard isKept else {
                    throw MusterError(
                        .unsupported, "\(entry.path) in the tree has the attribute \(name), which only root can keep",
                        advice: "run this as root")
                }
            }
        }
    }

    /// Appends the device nodes of one tree to the archive of another, as far as that one has nothing in their place.
    static func restoreDevices(of old: TreeArchive, in archive: String) throws {
        let new = try TreeArchive(archive)
        let missing = old.entries.filter { $0.isDevice && new.entry(at: $0.path) == nil }
        guard !missing.isEmpty else { return }
        var bytes: [UInt8] = []
        for entry in missing where new.isDirectory(FilePathText.parent(of: "./\(entry.path)")) {
            var header = entry.header
            header.path = "./\(entry.path)"
            bytes += try header.encode()
        }
        bytes += [UInt8](repeating: 0, count: 2 * TarHeader.length)
        let descriptor = open(archive, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open \(archive)") }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(new.endOffset)) == 0 else { throw systemError("cannot write to \(archive)") }
        try PlacedOctets.write(bytes, to: descriptor, at: new.endOffset, orSay: "cannot write to \(archive)")
    }
}

extension TreeEntry {
    fileprivate var isDevice: Bool { header.kind == .characterDevice || header.kind == .blockDevice }
}

extension TreeArchive {
    fileprivate func isDirectory(_ path: String) -> Bool {
        let clean = TreeScan.cleaned(path)
        return clean.isEmpty || entry(at: clean)?.header.kind == .directory
    }
}
