import Crypto
import Glibc
import LinuxSystem
import Media
import MediaImport
import MusterBase
import OSFamilies
import TestSupport
import Testing

@Suite("importing media")
struct ImportTests {
    private func expectNetboot(_ tree: String) throws {
        for (path, text) in TestMedium.netboot {
            #expect(try Files.readText("\(tree)/\(path)") == text)
            #expect(try TestMedium.status("\(tree)/\(path)").st_mode & 0o7777 == 0o444, "\(path)")
        }
        #expect(Files.linkTarget("\(tree)/pxelinux.0") == "debian-installer/amd64/pxelinux.0")
        #expect(try TestMedium.status(tree).st_mode & 0o7777 == 0o755)
    }

    @Test("a directory becomes a medium of its own name, with what is known of it")
    func directory() async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        let outcome = try await medium.run("tree")
        #expect(outcome.isNew && outcome.record.name == "debian-13-netboot-amd64")
        #expect(medium.visible == ["debian-13-netboot-amd64"])
        try expectNetboot(medium.store.path("debian-13-netboot-amd64"))
        let record = try medium.store.record("debian-13-netboot-amd64")
        #expect(record == outcome.record)
        #expect(record.family == .debian && record.kernel == "debian-installer/amd64/linux" && record.files == 4)
        #expect(record.source == "tree" && record.imported == Timestamp(seconds: 1_750_000_000))
        #expect(record.verification.lists.isEmpty && record.verification.unlisted == 4)
        #expect(medium.leftovers.isEmpty)
    }

    @Test(
        "the same tree in any kind of archive becomes the same medium",
        arguments: [TestArchive.Form.tar, .tarGzip, .iso])
    func archives(form: TestArchive.Form) async throws {
        let medium = try TestMedium()
        try TestArchive.netboot(medium.path("medium.bin"), form)
        let outcome = try await medium.run("medium.bin")
        try expectNetboot(medium.store.path(outcome.record.name))
        try medium.writeNetboot("tree")
        let again = try await medium.run("tree")
        #expect(!again.isNew && again.record.digest == outcome.record.digest)
        let time = try TestMedium.status(medium.store.path("debian-13-netboot-amd64/version.info")).st_mtim.tv_sec
        #expect(time == 1_700_000_000)
    }

    @Test("names of an ISO image without extensions become small, as loaders ask for them")
    func plainISO() async throws {
        let medium = try TestMedium()
        let archive = try TestArchive(medium.path("esxi.iso"), .plainISO)
        try archive.file(
            "BOOT.CFG", "bootstate=0\nkernel=/b.b00\nmodules=/k.b00\nbuild=8.0.2-0.0.22380479\nprefix=\n")
        try archive.file("B.B00", "kernel")
        try archive.file("K.B00", "module")
        try archive.close()
        let outcome = try await medium.run("esxi.iso")
        #expect(outcome.record.name == "esxi-8.0.2-0.0.22380479-x86_64")
        #expect(outcome.record.kernel == "b.b00" && outcome.record.initramfs == ["k.b00"])
        #expect(try Files.readText(medium.store.path("\(outcome.record.name)/k.b00")) == "module")
    }

    @Test("the sums of all files are kept as sha256sum reads them, and the contents by their digests")
    func sums() async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        try medium.directory.write("odd", to: "tree/with\\backslash")
        let name = try await medium.run("tree").record.name
        let lines = try Files.readText(medium.store.path("\(name)/.muster/sha256sums")).split(separator: "\n")
        #expect(lines.count == 5)
        let kernel = hexText(SHA256.hash(data: Array("the kernel".utf8)))
        #expect(lines.contains("\(kernel)  debian-installer/amd64/linux"))
        #expect(lines.contains { $0.hasPrefix("\\") && $0.hasSuffix("  with\\\\backslash") })
        #expect(medium.contents.contains(kernel) && medium.contents.count == 5)
    }

    @Test("content that is there already takes no more room, within a medium and between two")
    func sharing() async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        try medium.directory.write("the kernel", to: "tree/copy")
        try medium.directory.write("", to: "tree/empty")
        try await medium.run("tree", as: "first")
        let second = try await medium.run("tree", as: "second")
        #expect(second.isNew && medium.visible == ["first", "second"])
        #expect(medium.contents.count == 4)
        func inode(_ path: String) throws -> UInt64 { UInt64(try TestMedium.status(medium.store.path(path)).st_ino) }
        #expect(try inode("first/debian-installer/amd64/linux") == inode("second/debian-installer/amd64/linux"))
        #expect(try inode("first/copy") == inode("first/debian-installer/amd64/linux"))
        #expect(try inode("first/empty") != inode("second/empty"))
    }

    @Test("a second import of the same name changes nothing, and one of other content is refused")
    func again() async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        let first = try await medium.run("tree")
        let before = try FoundTree(medium.store.directory)
        #expect(try await medium.run("tree").isNew == false)
        try medium.writeNetboot("other", kernel: "another kernel")
        let error = await awaitedError { try await medium.run("other") }
        #expect(error?.code == .alreadyExists)
        #expect(try FoundTree(medium.store.directory).files.keys.sorted() == before.files.keys.sorted())
        #expect(try medium.store.record(first.record.name) == first.record)
        #expect(try await medium.run("other", as: "other").isNew)
    }

    @Test("Ubuntu's live disc is kept as an image, too, which casper fetches")
    func image() async throws {
        let medium = try TestMedium()
        let archive = try TestArchive(medium.path("ubuntu.iso"), .iso)
        for directory in [".disk", "casper"] { try archive.directory(directory) }
        try archive.file(".disk/info", "Ubuntu-Server 24.04.1 LTS \"Noble Numbat\" - Release amd64 (20240827)")
        try archive.file("casper/vmlinuz", "kernel")
        try archive.file("casper/initrd", "initramfs")
        try archive.close()
        let record = try await medium.run("ubuntu.iso").record
        let image = try #require(record.image)
        #expect(try Files.read(medium.store.path("\(record.name)/\(image)")) == Files.read(medium.path("ubuntu.iso")))
        #expect(record.files == 3)
    }

    @Test("what is only looked at leaves nothing behind")
    func examined() async throws {
        let medium = try TestMedium()
        try TestArchive.netboot(medium.path("netboot.tar.gz"), .tarGzip)
        let before = medium.directory.content()
        let found = try await medium.importer.examine(medium.path("netboot.tar.gz")) { _, _ in }
        #expect(found.medium.defaultName == "debian-13-netboot-amd64" && found.files == 4)
        #expect(medium.directory.content() == before)
    }

    @Test("progress goes from nothing to all, and names the medium")
    func progress() async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        try medium.directory.write([UInt8](repeating: 7, count: 40 << 20), to: "tree/large")
        let seen = Recorder<(String, Double)>()
        _ = try await medium.importer.run(medium.path("tree")) { seen.add(($0, $1)) }
        let shares = seen.all.filter { $0.0 == "importing debian-13-netboot-amd64" }.map(\.1)
        #expect(shares.first == 0 && shares.count >= 3 && shares == shares.sorted() && shares.allSatisfy { $0 <= 1 })
    }
}
