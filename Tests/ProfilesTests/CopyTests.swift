import Glibc
import LinuxSystem
import MusterBase
import Profiles
import TestSupport
import Testing

@Suite("profiles are copied and removed")
struct CopyTests {
    private let site: InstallerSite

    init() async throws {
        site = try InstallerSite()
        try await site.makeProfile()
    }

    @Test("a copy has all that is in the other one, and boot files of its own name")
    func copy() async throws {
        try Files.write("#!/bin/sh\n", to: site.path("trixie", "scripts/post.d/1-x"), mode: 0o750)
        try Files.link(site.path("trixie", "shared"), to: "../../../elsewhere")
        let profile = try site.store.copy("trixie", to: "second")
        #expect(profile.name == "second")
        #expect(try FilePermissions(of: site.path("second", "scripts/post.d/1-x")).mode == 0o750)
        #expect(Files.linkTarget(site.path("second", "shared")) == "../../../elsewhere")
        #expect(try site.text("second", "boot.ipxe").contains("muster.profile=second"))
        #expect(try site.text("second", ".muster/origin.json") == site.text("trixie", ".muster/origin.json"))
        #expect(try site.text("second", "boot/debian-13/kernel") == "kernel")
        try Files.remove(site.path("second", "shared"))
        #expect(try site.store.verify("second").isEmpty)
        #expect(try await !site.store.rebase("second", ProfileRebaseChoices()).hasChanges)
        #expect { try site.store.copy("trixie", to: "second") } throws: { ($0 as? MusterError)?.code == .alreadyExists }
    }

    @Test("what cannot be copied leaves nothing behind")
    func refused() throws {
        #expect(mkfifo(site.path("trixie", "pipe"), 0o600) == 0)
        #expect(throws: MusterError.self) { try site.store.copy("trixie", to: "second") }
        #expect(try Files.names(in: site.store.directory) == [".lock", "trixie"])
        #expect { try site.store.copy("absent", to: "second") } throws: { ($0 as? MusterError)?.code == .notFound }
    }

    @Test("a removed profile is gone, and its medium free; another one stays")
    func remove() throws {
        _ = try site.store.copy("trixie", to: "second")
        try site.store.remove("trixie")
        #expect(try Files.names(in: site.store.directory) == [".lock", "second"])
        #expect { try site.store.remove("trixie") } throws: { ($0 as? MusterError)?.code == .notFound }
        try site.store.remove("second")
        _ = try site.store.media.remove("debian-13", profiles: [site.store.directory])
    }
}
