import Glibc
import LinuxSystem
import Media
import MediaImport
import MusterBase
import OSFamilies
import TestSupport

/// Small media, and a store for them.
struct TestMedium {
    static let netboot = [
        ("version.info", "Debian version:  13 (trixie)\nInstaller build: 20250803\n"),
        ("debian-installer/amd64/linux", "the kernel"), ("debian-installer/amd64/initrd.gz", "the initramfs"),
        ("debian-installer/amd64/pxelinux.0", "the loader"),
    ]

    let directory: TemporaryDirectory
    var store: MediaStore { MediaStore(directory: directory.path("state/distributions")) }
    var tools: any ToolRunner = ScriptedTools([:])
    var limits = MediaLimits(reserve: 0)

    init() throws {
        directory = try TemporaryDirectory()
        try directory.makeDirectory("state")
    }

    func path(_ name: String) -> String { directory.path(name) }

    /// The tree as a directory.
    func writeNetboot(_ name: String, kernel: String = "the kernel") throws {
        for (path, text) in Self.netboot {
            try directory.write(path.hasSuffix("/linux") ? kernel : text, to: "\(name)/\(path)")
        }
        try directory.link("\(name)/pxelinux.0", to: "debian-installer/amd64/pxelinux.0")
    }

    var importer: MediumImporter {
        var importer = MediumImporter(
            store: store, tools: tools, clock: WallClock { Timestamp(seconds: 1_750_000_000) },
            keyrings: directory.path("keyrings"))
        importer.limits = limits
        return importer
    }

    @discardableResult
    func run(_ name: String, as medium: String? = nil) async throws -> MediumImporter.Outcome {
        try await importer.run(name.contains("://") ? name : path(name), name: medium) { _, _ in }
    }

    /// What the store's directory shows: names without a dot in front.
    var visible: [String] { (try? Files.names(in: store.directory).filter { !$0.hasPrefix(".") }) ?? [] }

    /// Names of staging and removal that were left.
    var leftovers: [String] {
        ((try? Files.names(in: store.directory)) ?? []).filter {
            $0.hasPrefix(".importing-") || $0.hasPrefix(".removing-")
        }
    }

    /// Files of the store's content, by their digests.
    var contents: [String] {
        let top = "\(store.directory)/.content"
        return ((try? Files.names(in: top)) ?? []).flatMap { (try? Files.names(in: "\(top)/\($0)")) ?? [] }
    }

    static func status(_ path: String) throws -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw systemError("cannot look at \(path)") }
        return status
    }
}
