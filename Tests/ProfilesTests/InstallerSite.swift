import LinuxSystem
import Media
import MediaImport
import MusterBase
import Profiles
import TestSupport

/// A state directory in which media can be imported, and profiles made of them.
struct InstallerSite {
    let directory: TemporaryDirectory
    let store: ProfileStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try ProfileStore(publicDirectory: directory.path("state/public"))
        try directory.makeDirectory("state/public/os")
    }

    func path(_ profile: String, _ name: String) -> String { directory.path("state/public/os/\(profile)/\(name)") }

    func text(_ profile: String, _ name: String) throws -> String { try Files.readText(path(profile, name)) }

    /// Imports a netboot tree of the true layout, with files that are not.
    @discardableResult
    func importMedium(
        _ name: String, version: String = "13 (trixie)", kernel: String = "kernel", grub: String? = nil
    ) async throws -> MediumRecord {
        let tree = "debian-installer/amd64"
        try directory.write("Debian version:  \(version)\nInstaller build: 1\n", to: "\(name)/version.info")
        try directory.write(kernel, to: "\(name)/\(tree)/linux")
        try directory.write("initramfs", to: "\(name)/\(tree)/initrd.gz")
        if let grub {
            try directory.write("shim", to: "\(name)/\(tree)/bootnetx64.efi")
            try directory.write(grub, to: "\(name)/\(tree)/grubx64.efi")
        }
        var importer = MediumImporter(
            store: store.media, tools: ScriptedTools([:]), clock: .system, keyrings: directory.path("keyrings"))
        importer.limits = MediaLimits(reserve: 0)
        _ = try await importer.run(directory.path(name), name: name) { _, _ in }
        return try store.media.record(name)
    }

    /// A profile of its own medium.
    func makeProfile(_ name: String = "trixie") async throws {
        _ = try store.createFromMedium(name, medium: try await importMedium("debian-13"))
    }

    /// Has it look as if an earlier Muster had written a file with other words.
    func age(_ profile: String, _ file: String, _ word: String, was: String) throws {
        for path in [file, ".muster/origin/\(file)"].map({ path(profile, $0) }) {
            try AtomicFile.write(try Files.readText(path).replacing(word, with: was), to: path)
        }
        let record = path(profile, ".muster/origin.json")
        try AtomicFile.write(
            try Files.readText(record).replacing("\"\(MusterVersion.current)\"", with: "\"0.0.1\""), to: record)
    }

    func append(_ text: String, to file: String, of profile: String = "trixie") throws {
        try AtomicFile.write(try self.text(profile, file) + text, to: path(profile, file))
    }
}
