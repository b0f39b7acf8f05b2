import Crypto
import LinuxSystem
import Media
import MediaImport
import MusterBase
import TestSupport
import Testing

@Suite("what a medium says of itself is compared")
struct VerificationTests {
    private func sum(_ text: String) -> String { hexText(Insecure.MD5.hash(data: Array(text.utf8))) }
    private func sha256(_ text: String) -> String { hexText(SHA256.hash(data: Array(text.utf8))) }

    private func disc(_ medium: TestMedium, kernel: String = "kernel", extra: String = "") throws {
        let files = [
            ".disk/info": "Debian GNU/Linux 13.1.0 \"Trixie\" - Official amd64 NETINST with firmware 20250906-10:22",
            "install.amd/vmlinuz": "kernel", "install.amd/initrd.gz": "initramfs",
        ]
        for (path, text) in files {
            try medium.directory.write(path.hasSuffix("vmlinuz") ? kernel : text, to: "disc/\(path)")
        }
        let lines = files.map { "\(sum($0.value))  ./\($0.key)\n" }.sorted().joined()
        try medium.directory.write(lines + extra, to: "disc/md5sum.txt")
    }

    @Test("files are compared with Debian's sums, and what they do not name is counted")
    func debian() async throws {
        let medium = try TestMedium()
        try disc(medium, extra: "\(sum("x"))  ./pool/not-here.deb\n")
        try medium.directory.write("unnamed", to: "disc/README")
        let found = try await medium.run("disc").record.verification
        #expect(
            found.lists == [
                .init(
                    path: "md5sum.txt", algorithm: .md5, matched: 3, absent: 1,
                    signature: .init(state: .none, signer: nil))
            ])
        #expect(found.unlisted == 1)
    }

    @Test("a file that differs from its sum is named, and nothing is imported; a look finds it as well")
    func wrong() async throws {
        let medium = try TestMedium()
        try disc(medium, kernel: "Kernel")
        let error = try #require(await awaitedError { try await medium.run("disc") })
        #expect(error.code == .verificationFailed)
        #expect(error.message.contains("install.amd/vmlinuz (md5sum.txt)"), "\(error)")
        #expect(medium.visible.isEmpty && medium.leftovers.isEmpty && medium.contents.isEmpty)
        let look = await awaitedError { _ = try await medium.importer.examine(medium.path("disc")) { _, _ in } }
        #expect(look?.code == .verificationFailed)
    }

    @Test("the strongest of several sums counts")
    func strongest() async throws {
        let medium = try TestMedium()
        try disc(medium)
        // The weak sum fits, the strong one does not.
        try medium.directory.write("\(sha256("other"))  install.amd/initrd.gz\n", to: "disc/SHA256SUMS")
        let error = await awaitedError { try await medium.run("disc") }
        #expect(error?.message.contains("install.amd/initrd.gz (SHA256SUMS)") == true, "\(String(describing: error))")
        try medium.directory.write("\(sha256("initramfs"))  install.amd/initrd.gz\n", to: "disc/SHA256SUMS")
        let lists = try await medium.run("disc").record.verification.lists
        #expect(lists.map(\.matched) == [1, 2] && lists.map(\.algorithm) == [.sha256, .md5])
    }

    @Test("a file is compared with its own checksum, not with that of a name that looks the same")
    func accents() async throws {
        let medium = try TestMedium()
        try disc(medium, extra: "\(sum("one"))  ./\u{E9}\n")
        try Files.write("one", to: medium.path("disc/\u{E9}"))
        try Files.write("two", to: medium.path("disc/e\u{301}"))
        let found = try await medium.run("disc").record.verification
        #expect(found.lists.first?.matched == 4 && found.lists.first?.absent == 0 && found.unlisted == 1)
    }

    @Test(
        "a file that comes under a name that no list has is compared under its others, whatever their algorithms",
        arguments: [true, false])
    func furtherNames(isRight: Bool) async throws {
        let medium = try TestMedium()
        let strong = hexText(SHA512.hash(data: Array("the kernel".utf8)))
        let archive = try TestArchive(medium.path("medium.tar"), .tar)
        try archive.file("version.info", "Debian version:  13 (trixie)\n")
        try archive.file("debian-installer/amd64/initrd.gz", "the initramfs")
        try archive.file("unnamed", "the kernel")
        try archive.hardLink("debian-installer/amd64/linux", to: "unnamed")
        try archive.hardLink("vmlinuz", to: "debian-installer/amd64/linux")
        try archive.file("SHA512SUMS", "\(strong)  debian-installer/amd64/linux\n")
        try archive.file("MD5SUMS", "\(sum(isRight ? "the kernel" : "another"))  vmlinuz\n")
        try archive.close()
        let importer = medium.importer
        let path = medium.path("medium.tar")
        if isRight {
            let found = try await importer.examine(path) { _, _ in }.verification
            #expect(found.lists.map(\.matched) == [1, 1] && found.unlisted == 3)
            #expect(try await medium.run("medium.tar").record.verification == found)
        } else {
            let error = await awaitedError { try await medium.run("medium.tar") }
            #expect(error?.message.contains("vmlinuz (MD5SUMS)") == true, "\(String(describing: error))")
        }
    }

    @Test("a .treeinfo's checksums are compared", arguments: [true, false])
    func treeinfo(isRight: Bool) async throws {
        let medium = try TestMedium()
        let tree = """
            [checksums]
            images/install.img = sha256:\(sha256(isRight ? "install" : "other"))
            [general]
            family = Rocky Linux
            version = 9.4
            arch = x86_64
            """
        for (path, text) in [
            (".treeinfo", tree), ("images/install.img", "install"), ("images/pxeboot/vmlinuz", "k"),
            ("images/pxeboot/initrd.img", "i"),
        ] { try medium.directory.write(text, to: "rocky/\(path)") }
        if isRight {
            let record = try await medium.run("rocky").record
            #expect(record.name == "rocky-9.4-boot-x86_64")
            #expect(record.verification.lists.first?.matched == 1 && record.verification.unlisted == 2)
        } else {
            #expect(await awaitedError { try await medium.run("rocky") }?.code == .verificationFailed)
        }
    }

    // MARK: Signatures

    private func signed(_ status: String) throws -> TestMedium {
        var medium = try TestMedium()
        try disc(medium)
        try medium.directory.write("\(sha256("kernel"))  install.amd/vmlinuz\n", to: "disc/SHA256SUMS")
        try medium.directory.write("signature", to: "disc/SHA256SUMS.gpg")
        try medium.directory.write("keys", to: "keyrings/debian.gpg")
        medium.tools = ScriptedTools([
            "gpgv": { call in
                let files = call.arguments.suffix(2).map { (try? Files.readText($0)) ?? "" }
                guard files.first == "signature", files.last?.hasSuffix("  install.amd/vmlinuz\n") == true else {
                    return ScriptedTools.failure("not what was to be checked: \(files)")
                }
                return ToolResult(exitCode: 0, standardOutput: Array(status.utf8), standardError: [])
            }
        ])
        return medium
    }

    private func importSigned(_ medium: TestMedium) async throws -> MediumVerification.Signature? {
        var importer = medium.importer
        importer.checksSignatures = true
        let record = try await importer.run(medium.path("disc")) { _, _ in }.record
        return record.verification.lists.first { $0.path == "SHA256SUMS" }?.signature
    }

    @Test("a good signature is told with its signer")
    func goodSignature() async throws {
        let medium = try signed("[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 6F95B49F96E2E9AC Debian CD <cd@example.org>\n")
        #expect(try await importSigned(medium) == .init(state: .good, signer: "Debian CD <cd@example.org>"))
        let tools = try #require(medium.tools as? ScriptedTools)
        #expect(tools.calls(of: "gpgv").first?.arguments.contains(medium.path("keyrings/debian.gpg")) == true)
    }

    @Test(
        "a list with a good signature counts before one that somebody added, however strong", arguments: [true, false])
    func addedList(isForged: Bool) async throws {
        let medium = try signed("[GNUPG:] GOODSIG 6F95B49F96E2E9AC Debian CD <cd@example.org>\n")
        let kernel = isForged ? "forged" : "kernel"
        let sums = [("vmlinuz", kernel), ("initrd.gz", "initramfs")].map { name, text in
            "\(hexText(SHA512.hash(data: Array(text.utf8))))  install.amd/\(name)\n"
        }
        try medium.directory.write(sums.joined(), to: "disc/SHA512SUMS")
        try medium.directory.write(kernel, to: "disc/install.amd/vmlinuz")
        var importer = medium.importer
        importer.checksSignatures = true
        let (path, ready) = (medium.path("disc"), importer)
        if isForged {
            let error = await awaitedError { _ = try await ready.run(path) { _, _ in } }
            #expect(error?.message.contains("install.amd/vmlinuz (SHA256SUMS)") == true, "\(String(describing: error))")
        } else {
            let lists = try await ready.run(path) { _, _ in }.record.verification.lists
            #expect(
                lists.map(\.path) == ["SHA256SUMS", "SHA512SUMS", "md5sum.txt"] && lists.map(\.matched) == [1, 1, 1])
        }
    }

    @Test("a signature that does not fit ends the import before anything is copied")
    func badSignature() async throws {
        let medium = try signed("[GNUPG:] BADSIG 6F95B49F96E2E9AC Debian CD\n")
        let error = await awaitedError { _ = try await importSigned(medium) }
        #expect(error?.code == .verificationFailed && medium.visible.isEmpty && medium.leftovers.isEmpty)
    }

    @Test(
        "a signature of a key that nobody knows, or that has expired, is told as such",
        arguments: [
            (
                "[GNUPG:] ERRSIG 6F95B49F96E2E9AC 1\n[GNUPG:] NO_PUBKEY 6F95B49F96E2E9AC\n",
                MediumVerification.Signature.State.unknownKey
            ),
            ("[GNUPG:] EXPKEYSIG 6F95B49F96E2E9AC Debian CD\n", .expiredKey), ("", .unknownKey),
            ("[GNUPG:] GOODSIG 1 Somebody\n[GNUPG:] EXPKEYSIG 2 Another\n[GNUPG:] NO_PUBKEY 3\n", .good),
        ])
    func otherSignature(status: String, state: MediumVerification.Signature.State) async throws {
        #expect(try await importSigned(try signed(status))?.state == state)
    }

    @Test("without a keyring or without gpgv a medium is imported, and that is said")
    func noMeans() async throws {
        let medium = try signed("[GNUPG:] GOODSIG 1 x\n")
        try Files.remove(medium.path("keyrings/debian.gpg"))
        var importer = medium.importer
        importer.checksSignatures = false
        let record = try await importer.run(medium.path("disc")) { _, _ in }.record
        let signature = record.verification.lists.first { $0.path == "SHA256SUMS" }?.signature
        // A Debian host has keyrings of its own.
        #expect(signature?.state == .noKeyring || signature?.state == .noProgram)
    }
}
