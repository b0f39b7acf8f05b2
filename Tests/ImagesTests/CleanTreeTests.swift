import DiskFormats
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("clean tree")
struct CleanTreeTests {
    /// The entries of a cleaned tree and their contents, by path.
    private func cleaned(_ tree: TestTree) throws -> [String: (entry: SquashfsEntry, content: [UInt8])] {
        let directory = try TemporaryDirectory()
        try Files.write(tree.archive, to: directory.path("tree.tar"))
        let archive = try TreeArchive(directory.path("tree.tar"))
        var found: [String: (SquashfsEntry, [UInt8])] = [:]
        var last: [UInt8] = []
        for entry in try CleanTree(tree: archive, latest: 1_785_579_367).entries() {
            let order = entry.entry.path.utf8.map { $0 == 47 ? 0 : $0 }
            #expect(last.lexicographicallyPrecedes(order), "\(entry.entry.path) is not in order")
            last = order
            let content: [UInt8]
            switch entry.content {
            case .none: content = []
            case .octets(let octets): content = octets
            case .archive(let file): content = try archive.content(of: file)
            }
            found[entry.entry.path] = (entry.entry, content)
        }
        return found
    }

    private func text(_ entry: (entry: SquashfsEntry, content: [UInt8])?) -> String? {
        entry.map { String(decoding: $0.content, as: UTF8.self) }
    }

    @Test("secrets and what is particular to a machine do not reach the root file system")
    func secrets() throws {
        var tree = try TestTree.minimal()
        let paths = ["etc/ssh/ssh_host_rsa_key", "etc/hostname", "root/.ssh/id_ed25519", "var/lib/systemd/random-seed"]
        for path in paths {
            try tree.file(path, "SECRET")
        }
        try tree.file("etc/machine-id", "SECRET")
        try tree.file("etc/shadow", "root:$6$SECRET:1::::::\n")
        try tree.file("etc/keep", "kept")
        let entries = try cleaned(tree)
        #expect(!entries.values.contains { String(decoding: $0.content, as: UTF8.self).contains("SECRET") })
        #expect(text(entries["etc/machine-id"]) == "")
        #expect(text(entries["etc/shadow"]) == "root:!*:1::::::\n")
        #expect(text(entries["etc/keep"]) == "kept")
        #expect(entries["etc/hostname"] == nil)
    }

    @Test("no time is later than the date of the repositories")
    func times() throws {
        let entries = try cleaned(TestTree.minimal())
        #expect(entries.values.map(\.entry.modificationTime).max() == 1_785_579_367)
    }

    @Test("a hard link to a file that is left out becomes the file itself; others stay links")
    func hardLinks() throws {
        var tree = try TestTree.minimal()
        try tree.file("tmp/original", "shared")
        try tree.add("./etc/copy", .hardLink, link: "./tmp/original")
        try tree.file("usr/bin/perl", "program")
        try tree.add("./usr/bin/perl5", .hardLink, link: "./usr/bin/perl")
        let entries = try cleaned(tree)
        #expect(entries["etc/copy"]?.entry.kind == .file)
        #expect(text(entries["etc/copy"]) == "shared")
        #expect(entries["usr/bin/perl5"]?.entry.kind == .hardLink("usr/bin/perl"))
    }

    @Test("long paths, capabilities, access lists and large files come through; what squashfs cannot hold is told")
    func attributes() throws {
        var tree = try TestTree.minimal()
        let long = "usr/" + String(repeating: "long/", count: 30) + "file"
        let capability = TarRecords.Record(key: "SCHILY.xattr.security.capability", value: [1, 0, 0, 2])
        let list = TarRecords.Record(key: "SCHILY.xattr.system.posix_acl_access", value: [2, 0])
        let odd = TarRecords.Record(key: "SCHILY.xattr.system.odd", value: [1])
        let large = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0) }
        try tree.add(
            "./short", .file, content: large,
            records: [TarRecords.Record(key: "path", value: Array("./\(long)".utf8)), capability, list, odd])
        let entries = try cleaned(tree)
        #expect(entries[long]?.content == large)
        #expect(
            entries[long]?.entry.attributes == [
                .init(name: "security.capability", value: [1, 0, 0, 2]),
                .init(name: "user.muster.posix_acl_access", value: [2, 0]),
            ])
        #expect(StoredAttribute.own("user.muster.posix_acl_access") == "system.posix_acl_access")
        #expect(StoredAttribute.own("user.other") == "user.other")
        let directory = try TemporaryDirectory()
        try Files.write(tree.archive, to: directory.path("tree.tar"))
        #expect(
            try CleanTree(tree: TreeArchive(directory.path("tree.tar")), latest: 0).lostAttributes == ["system.odd"])
    }

    @Test("of a path that the archive has twice, the last one counts; names that look alike are two")
    func twice() throws {
        var tree = TestTree()
        try tree.file("etc/a", "first")
        try tree.file("etc/a", "second")
        try tree.file("etc/\u{E9}", "one letter")
        try tree.file("etc/e\u{301}", "two letters")
        let entries = try cleaned(tree)
        #expect(text(entries["etc/a"]) == "second")
        let directory = try TemporaryDirectory()
        try Files.write(tree.archive, to: directory.path("tree.tar"))
        #expect(try CleanTree(tree: TreeArchive(directory.path("tree.tar")), latest: 0).entries().count == 3)
    }

    @Test("an archive that ends early, leaves the tree or has unknown parts is refused")
    func broken() async throws {
        let good = try TestTree.minimal()
        var escaping = good
        try escaping.file("../etc/passwd", "x")
        var unknown = good
        try unknown.add("./x", .other(UInt8(ascii: "S")))
        var sparse = good
        try sparse.add("./x", .file, records: [TarRecords.Record(key: "GNU.sparse.major", value: [49])])
        for tree in [escaping, unknown, sparse] {
            #expect(throws: MusterError.self) { try cleaned(tree) }
        }
        let test = try ImagePackerTests()
        try Files.write(good.bytes.dropLast(512), to: "\(test.state.path)/private/build/small/tree.tar")
        await #expect(throws: MusterError.self) { try await test.pack() }
    }
}
