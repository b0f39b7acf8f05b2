import Crypto
import Glibc
import LinuxSystem
import Media
import MediaImport
import MusterBase
import TestSupport
import Testing

@Suite("media that were made to hurt")
struct HostileMediaTests {
    /// Something that an archive holds besides an honest tree, and what is said about it.
    struct Trick: Sendable, CustomStringConvertible {
        var description: String
        var code: MusterError.Code
        var words: String
        var add: @Sendable (TestArchive) throws -> Void

        init(
            _ description: String, _ code: MusterError.Code, _ words: String,
            _ add: @escaping @Sendable (TestArchive) throws -> Void
        ) {
            (self.description, self.code, self.words, self.add) = (description, code, words, add)
        }
    }

    static let tricks: [Trick] = [
        Trick("a name with ..", .malformed, "leads out of it") { try $0.file("a/../../escaped", "x") },
        Trick("a name with .. and an accent behind the slash", .malformed, "leads out of it") {
            try $0.file("../\u{301}escaped", "x")
        },
        Trick("an accent behind the slash of Muster's own directory", .malformed, ".muster") {
            try $0.file(".muster/\u{301}x", "x")
        },
        Trick("a link out through one of two names that look the same", .malformed, "'out' points to") {
            try $0.link("\u{E9}", to: "debian-installer/amd64")
            try $0.file("e\u{301}/x", "x")
            try $0.link("out", to: "e\u{301}/../../escaped")
        },
        Trick("an absolute name", .malformed, "absolute name") { try $0.file("/tmp/escaped", "x") },
        Trick("an absolute link", .malformed, "'etc' points to '/etc'") { try $0.link("etc", to: "/etc") },
        Trick("a link upwards", .malformed, "leads out of it") { try $0.link("a/b", to: "../../x") },
        Trick("a file through a link", .malformed, "two things of one name") {
            try $0.link("way", to: "debian-installer")
            try $0.file("way/amd64/new", "x")
        },
        Trick("links that lead out only together", .malformed, "leads out of it") {
            try $0.link("debian-installer/up", to: "..")
            try $0.link("out", to: "debian-installer/up/../x")
        },
        Trick("a device", .malformed, "special file") { try $0.device("null") },
        Trick("a FIFO", .malformed, "special file") { try $0.fifo("fifo") },
        Trick("a line feed in a name", .malformed, "control character: 'a\\u{a}b'") { try $0.file("a\nb", "x") },
        Trick("an escape in a name", .malformed, "control character") { try $0.file("a\u{1B}[31m", "x") },
        Trick("two files of one name", .malformed, "two things of one name: 'debian-installer/amd64/pxelinux.0'") {
            try $0.file("debian-installer/amd64/pxelinux.0", "again")
        },
        Trick("a file and a directory of one name", .malformed, "two things of one name") {
            try $0.file("version.info/below", "x")
        },
        Trick("two links of one name", .malformed, "two things of one name") {
            try $0.link("pxelinux.0", to: "version.info")
        },
        Trick("a second name of nothing", .malformed, "a file that it has not") { try $0.hardLink("x", to: "nothing") },
        Trick("a second name outside", .malformed, "leads out of it") { try $0.hardLink("x", to: "../../etc/passwd") },
        Trick("Muster's own directory", .malformed, ".muster") { try $0.file(".muster/medium.json", "{}") },
        Trick("a name of a thousand directories", .exhausted, "deeper than") {
            try $0.file(Array(repeating: "d", count: 400).joined(separator: "/"), "x")
        },
    ]

    @Test("what no honest medium has is refused, and nothing of it is left", arguments: tricks)
    func refused(trick: Trick) async throws {
        let medium = try TestMedium()
        try TestArchive.netboot(medium.path("medium.tar"), .tar, trick.add)
        let error = try #require(await awaitedError { try await medium.run("medium.tar") })
        #expect(error.code == trick.code && error.message.contains(trick.words), "\(error)")
        #expect(medium.visible.isEmpty && medium.leftovers.isEmpty && medium.contents.isEmpty)
        #expect(!medium.directory.content().contains { $0.contains("escaped") })
    }

    @Test("a name that is not UTF-8 is refused")
    func encoding() async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        let name: [CChar] = Array("\(medium.path("tree"))/".utf8CString.dropLast()) + [-1, 65, 0]
        let descriptor = open(name, O_WRONLY | O_CREAT, 0o644)
        try #require(descriptor >= 0)
        close(descriptor)
        let error = try #require(await awaitedError { try await medium.run("tree") })
        #expect(medium.visible.isEmpty && medium.leftovers.isEmpty, "\(error)")
    }

    @Test("links that stay inside are kept, also Debian's to its own top and those that lead nowhere")
    func honestLinks() async throws {
        let medium = try TestMedium()
        try TestArchive.netboot(medium.path("medium.tar"), .tar) {
            try $0.link("debian", to: ".")
            try $0.link("debian-installer/amd64/up", to: "../../version.info")
            try $0.link("dangling", to: "not/there")
            try $0.link("round", to: "about")
            try $0.link("about", to: "round")
        }
        let name = try await medium.run("medium.tar").record.name
        let tree = medium.store.path(name)
        #expect(Files.linkTarget("\(tree)/debian") == "." && Files.linkTarget("\(tree)/round") == "about")
        #expect(try Files.readText("\(tree)/debian/debian-installer/amd64/up").hasPrefix("Debian version"))
    }

    @Test("two names that look the same are two, as to the kernel")
    func accents() async throws {
        let medium = try TestMedium()
        try TestArchive.netboot(medium.path("medium.tar"), .tar) {
            try $0.file("\u{E9}/one", "1")
            try $0.file("e\u{301}/two", "2")
            try $0.link("a", to: "\u{E9}/one")
            try $0.link("b", to: "e\u{301}/two")
        }
        let record = try await medium.run("medium.tar").record
        let tree = medium.store.path(record.name)
        #expect(try Files.readText("\(tree)/a") == "1" && Files.readText("\(tree)/b") == "2")
        let sums = try Files.read("\(tree)/.muster/sha256sums").split(separator: UInt8(ascii: "\n"))
        #expect(record.files == 6 && sums.count == 6)
    }

    @Test("a second name of a file is the same file, is compared with its checksum, and may be what tells the medium")
    func hardLinks() async throws {
        let medium = try TestMedium()
        let sum = hexText(Insecure.MD5.hash(data: Array("the kernel".utf8)))
        let archive = try TestArchive(medium.path("medium.tar"), .tar)
        try archive.file("another name", "Debian version:  13 (trixie)\n")
        try archive.hardLink("version.info", to: "another name")
        try archive.file("debian-installer/amd64/linux", "the kernel")
        try archive.file("debian-installer/amd64/initrd.gz", "the initramfs")
        try archive.hardLink("vmlinuz", to: "debian-installer/amd64/linux")
        try archive.file("MD5SUMS", "\(sum)  debian-installer/amd64/linux\n\(sum)  vmlinuz\n")
        try archive.close()
        let record = try await medium.run("medium.tar").record
        #expect(record.name == "debian-13-netboot-amd64" && record.files == 6)
        #expect(try Files.readText(medium.store.path("\(record.name)/vmlinuz")) == "the kernel")
        #expect(record.verification.lists.first?.matched == 2 && record.verification.lists.first?.absent == 0)
        #expect(record.verification.unlisted == 3)
    }

    @Test("an archive that unpacks to more than there is room for is refused before it is unpacked")
    func bomb() async throws {
        var medium = try TestMedium()
        try TestArchive.netboot(medium.path("bomb.tar.gz"), .tarGzip) {
            try $0.file("zeros", [UInt8](repeating: 0, count: 64 << 20))
        }
        #expect(try #require(Files.size(medium.path("bomb.tar.gz"))) < 1 << 20)
        medium.limits = MediaLimits(reserve: 1 << 20) { _ in 32 << 20 }
        let error = try #require(await awaitedError { try await medium.run("bomb.tar.gz") })
        #expect(error.code == .exhausted && error.message.contains("64 MiB"), "\(error)")
        #expect(medium.visible.isEmpty && medium.leftovers.isEmpty)
    }

    @Test("an archive that unpacks to more than any medium has is not even looked at to its end")
    func examinedBomb() async throws {
        var medium = try TestMedium()
        try TestArchive.netboot(medium.path("bomb.tar.gz"), .tarGzip) {
            for number in 0..<3 { try $0.file("zeros\(number)", [UInt8](repeating: 0, count: 16 << 20)) }
        }
        medium.limits = MediaLimits(examined: 32 << 20, reserve: 0)
        let importer = medium.importer
        let path = medium.path("bomb.tar.gz")
        let error = try #require(await awaitedError { _ = try await importer.examine(path) { _, _ in } })
        #expect(error.code == .exhausted && error.message.contains("more than 32 MiB unpacked"), "\(error)")
        #expect(try await medium.run("bomb.tar.gz").isNew)
    }

    @Test(
        "lists that would fill the memory are refused, also when they are names of one file", arguments: [true, false])
    func lists(areNames: Bool) async throws {
        var medium = try TestMedium()
        let large = [UInt8](repeating: 0x20, count: 400 << 10)
        try TestArchive.netboot(medium.path("medium.tar"), .tar) {
            try $0.file("large", large)
            for number in 0..<3 {
                let path = "dists/\(number)/Release"
                try areNames ? $0.hardLink(path, to: "large") : $0.file(path, large)
            }
        }
        medium.limits = MediaLimits(contents: 1 << 20, reserve: 0)
        let error = try #require(await awaitedError { try await medium.run("medium.tar") })
        #expect(error.code == .exhausted && error.message.contains("more than 1 MiB in lists"), "\(error)")
        #expect(medium.visible.isEmpty && medium.leftovers.isEmpty)
        medium.limits = MediaLimits(contents: 4 << 20, reserve: 0)
        #expect(try await medium.run("medium.tar").isNew)
    }

    @Test("room that goes while a medium is copied ends the import, and nothing is left")
    func shrinkingRoom() async throws {
        var medium = try TestMedium()
        try medium.writeNetboot("tree")
        try medium.directory.write([UInt8](repeating: 7, count: 40 << 20), to: "tree/large")
        let store = medium.store.directory
        medium.limits = MediaLimits(reserve: 1 << 20) { _ in
            // From the moment when copying has begun.
            let isCopying = try Files.names(in: store).contains { $0.hasPrefix(".importing-") }
            return isCopying ? 0 : 1 << 30
        }
        let error = try #require(await awaitedError { try await medium.run("tree") })
        #expect(error.code == .exhausted && medium.visible.isEmpty && medium.leftovers.isEmpty, "\(error)")
    }

    @Test("more files than any medium has are refused")
    func count() async throws {
        var medium = try TestMedium()
        try medium.writeNetboot("tree")
        medium.limits = MediaLimits(entries: 5, reserve: 0)
        let error = try #require(await awaitedError { try await medium.run("tree") })
        #expect(error.code == .exhausted && error.message.contains("more than 5 files"), "\(error)")
    }

    @Test("what is no archive, one that is cut short, and a damaged one are told apart from media")
    func damaged() async throws {
        let medium = try TestMedium()
        try medium.directory.write("just some text, and not a medium at all", to: "letter.txt")
        let text = try #require(await awaitedError { try await medium.run("letter.txt") })
        #expect(text.code == .unsupported, "\(text)")
        try TestArchive.netboot(medium.path("whole.tar"), .tar) {
            try $0.file("large", [UInt8](repeating: 7, count: 1 << 20))
        }
        let octets = try Files.read(medium.path("whole.tar"))
        try medium.directory.write(Array(octets.prefix(octets.count / 2)), to: "cut.tar")
        let cut = try #require(await awaitedError { try await medium.run("cut.tar") })
        #expect(cut.code == .malformed && medium.visible.isEmpty && medium.leftovers.isEmpty, "\(cut)")
        let missing = try #require(await awaitedError { try await medium.run("nothing.iso") })
        #expect(missing.code == .notFound, "\(missing)")
    }

    @Test("mutated archives give a medium or an error")
    func fuzz() async throws {
        let medium = try TestMedium()
        var generator = SeededGenerator(seed: 5)
        for form in [TestArchive.Form.tar, .iso] {
            try TestArchive.netboot(medium.path("whole"), form)
            let whole = try Files.read(medium.path("whole"))
            for _ in 0..<150 {
                var octets = whole
                for _ in 0..<Int.random(in: 1...40, using: &generator) {
                    octets[Int.random(in: 0..<octets.count, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                try medium.directory.write(octets, to: "mutated")
                if (try? await medium.run("mutated", as: "fuzzed")) != nil {
                    _ = try medium.store.remove("fuzzed", profiles: [])
                }
                #expect(medium.leftovers.isEmpty && medium.visible.isEmpty)
            }
        }
    }

    @Test("a disc with UDF alone is refused, with a way to import it all the same")
    func universalDiscFormat() async throws {
        let medium = try TestMedium()
        var octets = [UInt8](repeating: 0, count: 40 * 2048)
        for (sector, identifier) in [(16, "BEA01"), (17, "NSR03"), (18, "TEA01")] {
            octets.replaceSubrange(sector * 2048 + 1..<sector * 2048 + 6, with: Array(identifier.utf8))
        }
        try medium.directory.write(octets, to: "win.iso")
        let error = try #require(await awaitedError { try await medium.run("win.iso") })
        #expect(error.code == .unsupported && error.message.contains("UDF"), "\(error)")
        #expect(error.advice?.contains("mount -o loop") == true)
    }
}
