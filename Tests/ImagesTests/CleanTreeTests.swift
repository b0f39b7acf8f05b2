import DiskFormats
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("clean tree")
struct CleanTreeTests {
    /// The headers and contents that mksquashfs gets for a tree, by path.
    private func packed(_ tree: TestTree) async throws -> [String: (header: TarHeader, content: [UInt8])] {
        let test = try ImagePackerTests()
        try test.build(tree)
        let tools = ScriptedTools(ScriptedTools.packing)
        _ = try await test.pack(tools)
        let archive = try #require(tools.calls(of: "mksquashfs").first).input
        var entries: [String: (TarHeader, [UInt8])] = [:]
        var offset = 0
        var longPath: String?
        while let header = try TarHeader.decode(archive[offset..<offset + 512]) {
            offset += 512
            let content = Array(archive[offset..<offset + Int(header.contentLength)].prefix(Int(header.size)))
            offset += Int(header.contentLength)
            if header.kind == .extended {
                let records = try TarRecords.decode(content)
                longPath = records.first { $0.key == "path" }.map { String(decoding: $0.value, as: UTF8.self) }
                #expect(!records.contains { $0.key.contains("posix_acl") })
            } else {
                entries[longPath ?? header.path] = (header, content)
                longPath = nil
            }
        }
        #expect(archive.count - offset == 1024)
        return entries
    }

    private func text(_ entry: (header: TarHeader, content: [UInt8])?) -> String? {
        entry.map { String(decoding: $0.content, as: UTF8.self) }
    }

    @Test("secrets and what is particular to a machine do not reach the root file system")
    func secrets() async throws {
        var tree = try TestTree.minimal()
        let paths = ["etc/ssh/ssh_host_rsa_key", "etc/hostname", "root/.ssh/id_ed25519", "var/lib/systemd/random-seed"]
        for path in paths {
            try tree.file(path, "SECRET")
        }
        try tree.file("etc/machine-id", "SECRET")
        try tree.file("etc/shadow", "root:$6$SECRET:1::::::\n")
        try tree.file("etc/keep", "kept")
        let entries = try await packed(tree)
        #expect(!entries.values.contains { String(decoding: $0.content, as: UTF8.self).contains("SECRET") })
        #expect(text(entries["etc/machine-id"]) == "")
        #expect(text(entries["etc/shadow"]) == "root:!*:1::::::\n")
        #expect(text(entries["etc/keep"]) == "kept")
        #expect(entries["etc/hostname"] == nil)
    }

    @Test("no time is later than the date of the repositories")
    func times() async throws {
        let entries = try await packed(TestTree.minimal())
        #expect(entries.values.map(\.header.modificationTime).max() == 1_785_579_367)
    }

    @Test("a hard link to a file that is left out becomes the file itself; others stay links")
    func hardLinks() async throws {
        var tree = try TestTree.minimal()
        try tree.file("tmp/original", "shared")
        try tree.add("./etc/copy", .hardLink, link: "./tmp/original")
        try tree.file("usr/bin/perl", "program")
        try tree.add("./usr/bin/perl5", .hardLink, link: "./usr/bin/perl")
        let entries = try await packed(tree)
        #expect(entries["etc/copy"]?.header.kind == .file)
        #expect(text(entries["etc/copy"]) == "shared")
        #expect(entries["usr/bin/perl5"]?.header.kind == .hardLink)
    }

    @Test("long paths, capabilities and large files come through; access control lists do not")
    func attributes() async throws {
        var tree = try TestTree.minimal()
        let long = "usr/" + String(repeating: "long/", count: 30) + "file"
        let capability = TarRecords.Record(key: "SCHILY.xattr.security.capability", value: [1, 0, 0, 2])
        let list = TarRecords.Record(key: "SCHILY.xattr.system.posix_acl_access", value: [2, 0])
        let large = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0) }
        try tree.add(
            "./short", .file, content: large,
            records: [TarRecords.Record(key: "path", value: Array("./\(long)".utf8)), capability, list])
        let entries = try await packed(tree)
        #expect(entries[long]?.content == large)
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
            await #expect(throws: MusterError.self) { try await packed(tree) }
        }
        let test = try ImagePackerTests()
        try Files.write(good.bytes.dropLast(512), to: "\(test.state.path)/private/build/small/tree.tar")
        await #expect(throws: MusterError.self) { try await test.pack() }
    }
}
