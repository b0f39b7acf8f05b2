import LinuxSystem
import MusterBase
import MusterCommands
import TestSupport
import Testing

@Suite("media commands")
struct MediaCommandTests {
    let fixture = CommandFixture()
    let directory: TemporaryDirectory
    private var state: String { directory.path("state") }

    init() throws {
        directory = try TemporaryDirectory()
        for (path, text) in [
            ("version.info", "Debian version:  13 (trixie)\n"), ("debian-installer/amd64/linux", "the kernel"),
            ("debian-installer/amd64/initrd.gz", "the initramfs"), ("debian-installer/amd64/bootnetx64.efi", "shim"),
            ("debian-installer/amd64/grubx64.efi", "grub"),
            ("MD5SUMS", "f0a9dafdf3d9b3e1ba0cc0be3d87ac3d  ./debian-installer/amd64/not-here\n"),
        ] { try directory.write(text, to: "tree/\(path)") }
    }

    private func media(_ arguments: String...) async -> CommandFixture.Outcome {
        await fixture.run(["media"] + arguments + ["--state-dir", state])
    }

    @Test("a medium is imported, listed, shown and removed")
    func whole() async throws {
        let imported = await media("import", directory.path("tree"))
        #expect(imported.code == 0 && imported.output == "debian-13-netboot-amd64\n", "\(imported.errors)")
        expectGolden("media-import.txt", imported.errors)
        expectGolden("media-list.txt", await media("list").output)
        expectGolden("media-show.txt", await media("show", "debian-13-netboot-amd64").output)
        expectGolden("media-show.json", await media("show", "debian-13-netboot-amd64", "-o", "json").output)
        let refused = await media("remove", "debian-13-netboot-amd64")
        #expect(refused.code == 1 && refused.errors.contains("in use by debian-13-netboot-amd64/"), "\(refused.errors)")
        try FileTree.remove("\(state)/public/os/debian-13-netboot-amd64")
        let removed = await media("remove", "debian-13-netboot-amd64")
        #expect(
            removed.code == 0 && removed.output == "removed debian-13-netboot-amd64, 128 B free again\n", "\(removed)")
        #expect(await media("list", "-o", "json").output == "{\n  \"damaged\" : [\n\n  ],\n  \"media\" : [\n\n  ]\n}\n")
    }

    @Test("a second import of the same says that it was there, and one of other content fails")
    func again() async throws {
        _ = await media("import", directory.path("tree"))
        let same = await media("import", directory.path("tree"), "-o", "json")
        #expect(same.code == 0 && same.output.contains("\"is_new\" : false"))
        #expect(same.errors.contains("the same medium was there already"))
        try directory.write("another kernel", to: "tree/debian-installer/amd64/linux")
        let other = await media("import", directory.path("tree"))
        #expect(other.code == 1 && other.output.isEmpty && other.errors.contains("--name NAME"), "\(other.errors)")
    }

    @Test("a good signature is told of the list that has it alone")
    func signatures() async throws {
        _ = await media("import", directory.path("tree"))
        let path = "\(state)/distributions/debian-13-netboot-amd64/.muster/medium.json"
        let lists = [("SHA256SUMS", 1, "good"), ("SHA512SUMS", 2, "none")].map { name, matched, signature in
            """
            {"absent": 0, "algorithm": "sha256", "matched": \(matched), "path": "\(name)", \
            "signature": {"state": "\(signature)"}},
            """
        }
        let text = try Files.readText(path).replacing("\"lists\" : [", with: "\"lists\" : [\(lists.joined())")
        try Files.remove(path)
        try Files.write(text, to: path)
        let shown = await media("show", "debian-13-netboot-amd64").output
        #expect(shown.contains("1 file has the checksum of SHA256SUMS (SHA256); good signature\n"), "\(shown)")
        #expect(shown.contains("2 files have their checksums in lists without a good signature alone"), "\(shown)")
    }

    @Test("what is stored and was damaged is told when it is replaced")
    func mended() async throws {
        _ = await media("import", directory.path("tree"))
        let path = "\(state)/distributions/debian-13-netboot-amd64/debian-installer/amd64/linux"
        try Files.setMode(path, 0o644)
        try Files.write("the kernle", to: path)
        let outcome = await media("import", directory.path("tree"))
        #expect(outcome.code == 0 && outcome.errors.contains("what was stored of 1 file had been damaged"))
        #expect(outcome.errors.contains("\nthe same medium was there already\n"), "\(outcome.errors)")
        #expect(try Files.readText(path) == "the kernel")
    }

    @Test("a look only tells")
    func check() async {
        let found = await media("import", directory.path("tree"), "--check")
        #expect(found.code == 0 && found.output == "debian-13-netboot-amd64: Debian 13 netboot\n")
        #expect(!Files.exists("\(state)/distributions"))
    }

    @Test("a medium in use is not removed, and its profile is named")
    func use() async throws {
        _ = await media("import", directory.path("tree"), "--no-profile")
        #expect(!Files.exists("\(state)/public/os"))
        try directory.makeDirectory("state/public/os/trixie")
        try directory.link("state/public/os/trixie/distribution", to: "../../../distributions/debian-13-netboot-amd64")
        let refused = await media("remove", "debian-13-netboot-amd64")
        #expect(refused.code == 1 && refused.errors.contains("in use by trixie/distribution"), "\(refused.errors)")
        // Nor does it get a profile of its own then.
        let again = await media("import", directory.path("tree"))
        #expect(again.code == 0 && again.errors.hasSuffix("profiles that point to it: trixie\n"), "\(again.errors)")
        #expect(await media("show", "debian-13-netboot-amd64").output.contains("profiles              trixie\n"))
    }

    @Test(
        "a profile of the medium's name is left alone, and a medium whose installer is not known is imported all the same"
    )
    func noProfile() async throws {
        try directory.write("mine", to: "state/public/os/debian-13-netboot-amd64/profile.yaml")
        let first = await media("import", directory.path("tree"), "-o", "json")
        #expect(first.code == 0 && !first.output.contains("\"profile\""))
        #expect(
            first.errors.contains(
                "there is a profile 'debian-13-netboot-amd64' already; make one: muster profile create"))
        #expect(try Files.readText("\(state)/public/os/debian-13-netboot-amd64/profile.yaml") == "mine")
        for path in ["boot/vmlinuz-lts", "boot/initramfs-lts", "boot/modloop-lts", "apks/x86_64/APKINDEX.tar.gz"] {
            try directory.write(path, to: "alpine/\(path)")
        }
        try directory.write("alpine-standard-3.20.3 240906\n", to: "alpine/.alpine-release")
        let other = await media("import", directory.path("alpine"))
        #expect(other.code == 0 && other.output == "alpine-3.20.3-standard-x86_64\n")
        #expect(
            other.errors.hasSuffix(
                "no profile was made of it: Muster cannot drive the installer of Alpine 3.20.3 yet\n"))
    }

    @Test("what cannot be meant is a fault of usage, what cannot be imported a failure")
    func faults() async throws {
        for arguments in [["import"], ["import", ""], ["import", "x", "--name", "A b"], ["show", "../x"]] {
            let outcome = await fixture.run(["media"] + arguments + ["--state-dir", state])
            #expect(outcome.code == 64 && outcome.output.isEmpty, "\(arguments): \(outcome)")
        }
        try directory.write("text", to: "letter")
        for path in ["letter", "not-there"] {
            let outcome = await media("import", directory.path(path))
            #expect(outcome.code == 1 && outcome.output.isEmpty && outcome.errors.contains(path), "\(outcome)")
        }
        #expect(await media("show", "none").code == 1)
    }

    @Test("a damaged medium is named, the others are listed, and it is a failure")
    func damaged() async throws {
        _ = await media("import", directory.path("tree"))
        try directory.makeDirectory("state/distributions/by-hand")
        let list = await media("list")
        #expect(list.code == 1 && list.output.contains("debian-13-netboot-amd64"))
        #expect(list.errors.contains("by-hand is damaged"))
    }
}
