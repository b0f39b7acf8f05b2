import Glibc
import LinuxSystem
import MusterBase
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Images that the real xorriso makes, signatures of the real gpg, and imports that are killed.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct MediaImportTests {
    private let tools = SystemToolRunner()

    private func run(_ name: String, _ arguments: [String], home: String = "/nonexistent") async throws -> ToolResult {
        let tool = Tool(name, candidates: ["/usr/bin/\(name)"], package: name)
        return try await tools.check(
            tool, arguments, ToolOptions(environment: ["GNUPGHOME": home]), doing: "making a medium")
    }

    /// A disc of Debian's form, without its sums.
    private func writeDisc(_ site: TreeSite) throws {
        let info = "Debian GNU/Linux 13.1.0 \"Trixie\" - Official amd64 NETINST with firmware 20250906-10:22"
        for (path, text) in [
            (".disk/info", info), ("install.amd/vmlinuz", "kernel"), ("install.amd/initrd.gz", "initramfs"),
            ("pool/main/a/a long name in small letters, and with blanks_1.0-1_amd64.deb", "package"),
        ] { try site.directory.write(text, to: "disc/\(path)") }
        // Several names of one content: the image has it once.
        try site.directory.makeDirectory("disc/install.amd/gtk")
        guard link(site.path("disc/install.amd/vmlinuz"), site.path("disc/install.amd/gtk/vmlinuz")) == 0 else {
            throw systemError("cannot make a second name")
        }
        try site.directory.link("disc/debian", to: ".")
    }

    private func makeImage(_ site: TreeSite) async throws {
        try? Files.remove(site.path("disc.iso"))
        _ = try await run(
            "xorriso",
            ["-as", "mkisofs", "-quiet", "-r", "-J", "-cache-inodes", "-V", "Debian 13.1.0 amd64 n", "-o"]
                + [site.path("disc.iso"), site.path("disc")])
    }

    @Test("a signed disc is imported with all its names, and one that was changed afterwards is not")
    func disc() async throws {
        let site = try await TreeSite(.root)
        try writeDisc(site)
        let home = site.path("gnupg")
        try Files.createDirectory(home, mode: 0o700)
        _ = try await run(
            "gpg", ["--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "disc@test.example", "rsa2048"],
            home: home)
        try Files.createDirectory(site.path("keyrings"))
        _ = try await run(
            "gpg", ["--output", site.path("keyrings/debian.gpg"), "--export", "disc@test.example"], home: home)
        let names = ["install.amd/vmlinuz", "install.amd/gtk/vmlinuz", "install.amd/initrd.gz"]
        let sums = try await run("sha256sum", names.map { site.path("disc/\($0)") }).text
        try site.directory.write(sums.replacing(site.path("disc/"), with: ""), to: "disc/SHA256SUMS")
        _ = try await run(
            "gpg", ["--detach-sign", "--output", site.path("disc/SHA256SUMS.gpg"), site.path("disc/SHA256SUMS")],
            home: home)
        try await makeImage(site)
        let report = try await site.muster("media", "import", site.path("disc.iso"), "--output", "json")
        for words in [
            "\"state\" : \"good\"", "\"signer\" : \"disc@test.example\"", "\"matched\" : 3", "\"is_new\" : true",
        ] {
            #expect(report.contains(words), "\(report)")
        }
        let tree = site.path("distributions/debian-13.1.0-netinst-amd64")
        try expectSame(tree, site.path("disc"))
        try await expectRefused(site)
    }

    private func expectSame(_ tree: String, _ original: String) throws {
        let (found, wanted) = (try FoundTree(tree).files, try FoundTree(original).files)
        let names = Set(found.keys.filter { $0 != ".muster" && !$0.hasPrefix(".muster/") })
        #expect(names == Set(wanted.keys))
        for name in names {
            #expect(
                found[name]?.content == wanted[name]?.content && found[name]?.target == wanted[name]?.target, "\(name)")
        }
    }

    /// A list that was changed behind its signature; a file that was changed behind its list.
    private func expectRefused(_ site: TreeSite) async throws {
        let list = try Files.readText(site.path("disc/SHA256SUMS"))
        try Files.write(list + "\n", to: site.path("disc/SHA256SUMS"))
        try await makeImage(site)
        let arguments = ["media", "import", site.path("disc.iso"), "--name", "changed"]
        let forged = try await site.attempt(arguments)
        #expect(forged.exitCode == 1 && forged.errors.contains("the signature of SHA256SUMS does not fit"), "\(forged)")
        try Files.write(list, to: site.path("disc/SHA256SUMS"))
        try Files.write("another", to: site.path("disc/install.amd/initrd.gz"))
        try await makeImage(site)
        let damaged = try await site.attempt(arguments)
        #expect(damaged.exitCode == 1 && damaged.errors.contains("install.amd/initrd.gz (SHA256SUMS)"), "\(damaged)")
        #expect(!Files.exists(site.path("distributions/changed")))
    }

    @Test("an import that is killed while it copies leaves nothing in sight, and the next one is whole")
    func killed() async throws {
        let site = try await TreeSite(.root)
        try writeDisc(site)
        try site.directory.write("", to: "disc/pool/large")
        guard truncate(site.path("disc/pool/large"), 1 << 30) == 0 else { throw systemError("cannot lengthen a file") }
        let store = site.path("distributions")
        let process = try ChildProcess.spawn(
            site.program, ["media", "import", site.path("disc"), "--state-dir", site.directory.path],
            log: site.path("killed.log"), newSession: true)
        try await waitForState(otherwise: "nothing is copied", every: .milliseconds(1)) {
            let staging =
                try Files.isDirectory(store) ? Files.names(in: store).first { $0.hasPrefix(".importing-") } : nil
            return staging.flatMap { Files.size("\(store)/\($0)/pool/large") }.flatMap { $0 > 0 ? $0 : nil }
        }
        kill(process, SIGKILL)
        #expect(try ChildProcess.wait(process) == 128 + SIGKILL)
        #expect(try await site.muster("media", "list", "--output", "json").contains("\"media\" : [\n\n  ]"))
        try Files.remove(site.path("disc/pool/large"))
        #expect(try await site.muster("media", "import", site.path("disc")) == "debian-13.1.0-netinst-amd64\n")
        try expectSame("\(store)/debian-13.1.0-netinst-amd64", site.path("disc"))
        #expect(try Files.names(in: store).filter { $0.hasPrefix(".importing-") } == [])
    }
}
